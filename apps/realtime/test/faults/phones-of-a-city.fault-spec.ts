import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestCluster } from '../cluster.js';
import { runSimulator, startCityCluster } from '../simulator-program.js';

describe('a simulated city whose phones have troubles', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCityCluster();
  });
  afterAll(() => cluster.close());

  it('[DEMO2] phones that stay connected and say nothing are planned alike by the same seed, and the summary says what became of them', async () => {
    const options = '--drivers 40 --passengers 0 --troubles silent --seed 7';
    const plan = async () => (await runSimulator(cluster, `plan ${options}`, /"atMs"/)).said;
    const planned = await plan();
    expect(await plan()).toBe(planned);
    for (const kind of ['silent', 'frozen']) expect(planned).toContain(`has trouble: ${kind}`);
    const { code, said } = await runSimulator(
      cluster,
      `simulate ${options}`,
      /fell silent [1-9]/,
      async (program) => void program.kill('SIGINT'),
    );
    expect(said).toMatch(/connected and silent +[1-9]\d* \(.*shown as delayed [1-9]/);
    expect(said).not.toMatch(/FAILED/);
    expect(code, said).toBe(0);
  });

  it('[DEMO2] a city lives on two instances: people ride and talk, phones have their troubles, and nothing acknowledged is lost', async () => {
    const { code, said } = await runSimulator(
      cluster,
      'simulate --drivers 24 --passengers 8 --rides short --seed 7 --seconds 40',
      /messages [1-9]/,
    );
    expect(said).toMatch(/Simulated drives: 24 invented cars [^]* seed 7\./);
    expect(said).toMatch(/© OpenStreetMap contributors, ODbL/);
    expect(said).toMatch(/trips +[1-9]\d* requested, [1-9]/);
    expect(said).toMatch(/chat +[1-9]\d* messages? .* 0 lost, all in order/);
    expect(said).toMatch(/told in order .* 0 violations/);
    expect(said).not.toMatch(/FAILED/);
    expect(code).toBe(0);
  });
});
