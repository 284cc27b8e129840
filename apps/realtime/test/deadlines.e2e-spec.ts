import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ExceptionEvent } from '#libs/contracts';
import { until, type BareSocket } from '#libs/testing';
import { TestCluster } from './cluster.js';
import { TrialGateway, TrialModule } from './trial.gateway.js';

/** Longer than a busy machine takes for a request that does not hang. */
const DEADLINE_MS = 3_000;

describe('requests that are not finished in time', () => {
  let cluster: TestCluster;
  let client: BareSocket;
  let trial: TrialGateway;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      instances: 1,
      env: { WS_REQUEST_DEADLINE: `${DEADLINE_MS}ms` },
      extraModules: [TrialModule],
    });
    trial = cluster.instances[0]!.app.get(TrialGateway);
  });
  beforeEach(async () => {
    client = await cluster.connectBare(await cluster.addUser('passenger'), 0);
    trial.release();
    trial.handled.length = 0;
  });
  afterAll(() => cluster.close());

  /** Everything sent before is answered by then: requests of a socket are handled in order. */
  const mark = () => client.ask('trial:echo', 'mark');

  it('[ACK1] a request that hangs is answered at its deadline, its late result is not, and the next goes on', async () => {
    const startedAt = performance.now();
    const hanging = client.answersTo('trial:hold', 'late');
    await until('it is overdue', () => hanging.length > 0);
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThan(DEADLINE_MS - 50);
    expect(trial.held).toBe(1);
    expect(hanging).toEqual([
      [
        {
          ok: false,
          error: expect.objectContaining({ code: 'DEADLINE_EXCEEDED', retryable: true }),
        },
      ],
    ]);
    expect(await client.ask('trial:echo', 'next')).toBe('next');
    trial.release();
    await until('the late one has ended', () => trial.handled.includes('late'));
    await mark();
    expect(hanging).toHaveLength(1);
    expect(client.payloads<ExceptionEvent>('exception').map(({ code }) => code)).toEqual([
      'DEADLINE_EXCEEDED',
    ]);
  });

  it('[ACK1] requests that wait behind one that hangs are answered by their deadlines as well', async () => {
    const answers = [
      client.answersTo('trial:hold', 1),
      client.answersTo('trial:hold', 2),
      client.answersTo('trial:echo', 3),
    ];
    await until('all are answered', () => answers.every((list) => list.length === 1));
    expect(answers.flat(2)).toEqual(
      answers.map(() => ({
        ok: false,
        error: expect.objectContaining({ code: 'DEADLINE_EXCEEDED' }),
      })),
    );
    trial.release();
    await mark();
    // What was given up before it began is not begun any more.
    expect(trial.handled).not.toContain(3);
    expect(answers.map((list) => list.length)).toEqual([1, 1, 1]);
  });
});
