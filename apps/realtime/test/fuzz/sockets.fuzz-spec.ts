import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  errorCatalogue,
  Namespace,
  namespacePolicies,
  UserType,
  type ErrorCode,
} from '#libs/contracts';
import { RequestRoutes } from '../../src/socket/request/request-routes.js';
import { TestCluster, type TestUser } from '../cluster.js';
import { FaultScene } from '../faults/fault-scene.js';
import { printFigures } from '../faults/figures.js';
import { MARK, payloadsOf } from './arbitraries.js';
import { fuzzSeed, sayShort } from './fuzz-options.js';
import { FuzzSocket } from './fuzz-socket.js';

const BATCHES = 1_700;
const BATCH = 50;
/** Some payloads are kept by people who wrote them: messages, rooms, pages. */
const MAX_GROWTH_BYTES = 200 * 1_048_576;
/** Served everywhere; one namespace of each user type will do for what all have. */
const NAMESPACES = Object.values(Namespace);

interface Target {
  namespace: string;
  event: string;
  dto: (new () => object) | undefined;
}

describe('requests that no app sends', () => {
  let scene: FaultScene;
  let targets: Target[];
  let users: TestUser[];
  const sockets = new Map<string, FuzzSocket>();
  let url: string;

  beforeAll(async () => {
    const described = await TestCluster.start({ instances: 1 });
    targets = described.instances[0]!.app.get(RequestRoutes)
      .list()
      .map(({ namespace, event, payload }) => ({ namespace, event, dto: payload }));
    await described.close();
    scene = await FaultScene.start({
      instances: 1,
      appendOnly: false,
      env: {
        WS_QUEUE_LENGTH: '10000',
        WS_VOLATILE_RATE_PER_SECOND: '100000',
        WS_VOLATILE_RATE_BURST: '100000',
        WS_REQUEST_DEADLINE: '30s',
        CHAT_ROOMS: '1000000',
      },
    });
    url = await scene.instances[0]!.url();
    users = await Promise.all(Object.values(UserType).map((type) => scene.addUser(type)));
  });
  afterAll(async () => {
    for (const socket of sockets.values()) socket.close();
    await scene?.close();
  });

  /** The socket of a namespace; of those that admit all a user of each type in turn. */
  const socketOf = async (namespace: string, turn: number): Promise<FuzzSocket> => {
    const { admits } = namespacePolicies[namespace as Namespace];
    const userType = admits[turn % admits.length]!;
    const key = `${namespace} ${userType}`;
    const known = sockets.get(key);
    if (known?.isOpen) return known;
    const { token } = users.find((user) => user.userType === userType)!;
    const opened = await FuzzSocket.open(url, namespace, token);
    sockets.set(key, opened);
    return opened;
  };

  it(`[FUZZ1] every event answers each of ${BATCHES * BATCH} payloads once, with a code where it refuses, says nothing of it again, and keeps its memory`, async () => {
    const ids = users.map(({ userId }) => userId);
    const seed = fuzzSeed('the sockets');
    // Visitors have a budget of their own, which a fuzz would be over at once.
    const asked = targets.filter(({ namespace }) => namespace !== Namespace.visitors);
    expect(new Set(asked.map(({ namespace }) => namespace)).size).toBe(NAMESPACES.length - 1);
    const counts = { payloads: 0, ok: 0, refused: new Map<string, number>(), reopened: 0 };
    const seen = new Set<string>();
    const request = fc.oneof(
      ...asked.map(({ namespace, event, dto }) =>
        fc.record({
          namespace: fc.constant(namespace),
          event: fc.constant(event),
          payload: payloadsOf(dto, ids),
          turn: fc.nat(5),
        }),
      ),
    );
    let before = 0;
    let batches = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
        const opened: FuzzSocket[] = [];
        for (const { namespace, turn } of batch) opened.push(await socketOf(namespace, turn));
        const answers = await Promise.all(
          batch.map(({ event, payload }, i) => opened[i]!.ask(event, payload)),
        );
        for (const [i, answer] of answers.entries()) {
          const { namespace, event, payload } = batch[i]!;
          const what = `${namespace} ${event} ${JSON.stringify(payload)?.slice(0, 500)}`;
          seen.add(`${namespace} ${event}`);
          counts.payloads += 1;
          if (answer === undefined) {
            // Only with a code, e.g. of a person whom its own request has taken away.
            expect(opened[i]!.closing?.code, `${what} has ended its connection`).toBeDefined();
            counts.reopened += 1;
          } else if (answer.ok) counts.ok += 1;
          else {
            const { code } = answer.error;
            counts.refused.set(code, (counts.refused.get(code) ?? 0) + 1);
            expect(Object.keys(errorCatalogue)).toContain(code);
            expect(code satisfies ErrorCode, what).not.toBe('INTERNAL');
            expect(JSON.stringify(answer), what).not.toContain(MARK);
          }
        }
        for (const socket of new Set(opened)) {
          expect(socket.doubled).toEqual([]);
          for (const refusal of socket.refusals.splice(0)) expect(refusal).not.toContain(MARK);
        }
        batches += 1;
        if (batches === BATCHES / 5) before = scene.instances[0]!.residentBytes();
      }),
      { seed, numRuns: BATCHES, endOnFailure: true, reporter: sayShort },
    );
    const after = scene.instances[0]!.residentBytes();
    printFigures('fuzz of the sockets', {
      seed,
      ...counts,
      refused: Object.fromEntries(counts.refused),
      events: seen.size,
      grownMiB: Math.round((after - before) / 1_048_576),
    });
    expect(seen.size).toBe(asked.length);
    expect(after - before).toBeLessThan(MAX_GROWTH_BYTES);
    expect(scene.complaints()).toEqual([]);
  });
});
