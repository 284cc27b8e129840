import { setTimeout as sleep } from 'node:timers/promises';
import { type Checkpoint } from './checkpoint.js';
import { connectAll } from './connect-all.js';
import { type Auth, type SocketIoClient } from './socket-io-client.js';

/** Connections that only stay: more and more of them, then none, over and over. */
export interface IdleScenario {
  kind: 'idle';
  isSocketIo: boolean;
  port: number;
  auths: Auth[];
  readyEvent?: string;
  /** How many connections there are at each checkpoint of the first round. */
  steps: number[];
  /** Rounds after the first, each up to the first step and down to none. */
  moreRounds: number;
}

export interface IdleResult {
  problems: string[];
}

/** Servers look after what left in their own time. */
const SETTLE_MS = 1_000;

export async function runIdle(scenario: IdleScenario, checkpoint: Checkpoint): Promise<IdleResult> {
  const { steps, moreRounds } = scenario;
  const problems = new Set<string>();
  const [first = 0] = steps;
  const rounds = [steps, ...Array.from({ length: moreRounds }, () => [first])];
  for (const round of rounds) {
    const clients: SocketIoClient[] = [];
    for (const count of round) {
      clients.push(...(await connect(scenario, clients.length, count)));
      for (const client of clients) {
        client.listener = { onClose: (reason) => problems.add(`a connection was cut: ${reason}`) };
      }
      await sleep(SETTLE_MS);
      await checkpoint(`connected ${count}`);
    }
    await Promise.all(clients.map(leave));
    await sleep(SETTLE_MS);
    await checkpoint('empty');
  }
  return { problems: [...problems] };
}

function connect(
  { isSocketIo, port, auths, readyEvent }: IdleScenario,
  from: number,
  to: number,
): Promise<SocketIoClient[]> {
  return connectAll(
    auths.slice(from, to).map((auth) => ({
      address: { port },
      namespace: '/drivers',
      isSocketIo,
      auth,
      ...(readyEvent === undefined ? {} : { readyEvent }),
    })),
  );
}

function leave(client: SocketIoClient): Promise<void> {
  return new Promise((resolve) => {
    client.listener = { onClose: () => resolve() };
    client.close();
  });
}
