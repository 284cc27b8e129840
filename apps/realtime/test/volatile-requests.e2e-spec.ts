import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until, type BareSocket } from '#libs/testing';
import { TestCluster } from './cluster.js';
import { TrialGateway, TrialModule } from './trial.gateway.js';

const BURST = 20;

describe('requests of which only the newest counts', () => {
  let cluster: TestCluster;
  let client: BareSocket;
  let trial: TrialGateway;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: { WS_VOLATILE_RATE_PER_SECOND: '1', WS_VOLATILE_RATE_BURST: `${BURST}` },
      extraModules: [TrialModule],
    });
    trial = cluster.instances[0]!.app.get(TrialGateway);
  });
  beforeEach(async () => {
    client = await cluster.connectBare(await cluster.addUser('passenger'), 0);
    trial.handled.length = 0;
  });
  afterAll(async () => {
    trial.release();
    await cluster.close();
  });

  it('[ORD3] the newest takes the place of those that wait, and they are told so', async () => {
    const first = client.answersTo('trial:pointer', 1);
    await until('the first is being handled', () => trial.held === 1);
    const second = client.answersTo('trial:pointer', 2);
    const third = client.answersTo('trial:pointer', 3);
    await until('the second is answered', () => second.length === 1);
    expect(second).toEqual([
      [{ ok: false, error: expect.objectContaining({ code: 'SUPERSEDED' }) }],
    ]);
    trial.release();
    await until('the third is being handled', () => trial.held === 1);
    trial.release();
    await until('the third is answered', () => third.length === 1);
    expect(first).toEqual([[{ ok: true, data: 1 }]]);
    expect(third).toEqual([[{ ok: true, data: 3 }]]);
    expect(trial.handled).toEqual([1, 3]);
  });

  it('[ORD3] they hold no ordered request back, and are held back by none', async () => {
    client.answersTo('trial:pointer', 'slow');
    await until('the pointer is being handled', () => trial.held === 1);
    expect(await client.ask('trial:echo', 'ordered')).toBe('ordered');
    client.answersTo('trial:hold', 'ordered and slow');
    await until('both are being handled', () => trial.held === 2);
    trial.release();
    await until('both are handled', () => trial.handled.length === 3);
  });

  it('[ORD3] beyond their own budget they are dropped, and ordered requests go on', async () => {
    const answers = Array.from({ length: BURST + 5 }, (_, i) =>
      client.answersTo('trial:pointer', i),
    );
    await until('the last is refused', () => answers.at(-1)!.length === 1);
    expect(answers.at(-1)).toEqual([
      [{ ok: false, error: expect.objectContaining({ code: 'RATE_LIMITED' }) }],
    ]);
    expect(await client.ask('trial:echo', 'still here')).toBe('still here');
    expect(client.payloads('exception')).not.toContainEqual(
      expect.objectContaining({ code: 'RATE_LIMITED' }),
    );
    trial.release();
  });

  it('[ORD3] a client that goes on sending them is cut', async () => {
    for (let i = 0; i < BURST * 6; i += 1) client.answersTo('trial:pointer', i);
    expect(await client.waitFor('connection:closing')).toMatchObject({ code: 'RATE_LIMITED' });
    trial.release();
  });
});
