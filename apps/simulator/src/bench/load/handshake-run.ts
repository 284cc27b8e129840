import { setTimeout as sleep } from 'node:timers/promises';
import { DelayHistogram } from '../../measure/delay-histogram.js';
import { quantilesOf } from '../quantiles.js';
import { type HandshakeResult, type HandshakeScenario } from './handshake-scenario.js';
import { SocketIoClient } from './socket-io-client.js';
import { UsageWindow } from './usage-window.js';

/** As Socket.IO's clients do it: again after a second, more or less. */
const RETRY_MS = 1_000;
const RETRY_SPREAD_MS = 1_000;
const STORM_DEADLINE_MS = 60_000;

class Handshakes {
  done = 0;
  refusals = 0;
  readonly problems = new Map<string, number>();
  readonly delays = new DelayHistogram();

  constructor(private readonly scenario: HandshakeScenario) {}

  clear(): void {
    this.done = 0;
    this.refusals = 0;
    this.delays.clear();
  }

  /** Resolves a welcomed client, however many attempts that takes; undefined after an error. */
  async connect(index: number): Promise<SocketIoClient | undefined> {
    const { isSocketIo, port, auths, readyEvent } = this.scenario;
    const startedAt = performance.now();
    while (performance.now() - startedAt < STORM_DEADLINE_MS) {
      const client = new SocketIoClient({
        address: { port },
        namespace: '/drivers',
        isSocketIo,
        auth: auths[index % auths.length]!,
        ...(readyEvent === undefined ? {} : { readyEvent }),
      });
      try {
        await client.ready;
        this.done += 1;
        this.delays.record(performance.now() - startedAt);
        return client;
      } catch (error) {
        const reason = (error as Error).message;
        if (!reason.includes('"retryable":true')) {
          this.problem(reason.slice(0, 120));
          return undefined;
        }
        this.refusals += 1;
        await sleep(RETRY_MS + Math.random() * RETRY_SPREAD_MS);
      }
    }
    this.problem('never let in');
    return undefined;
  }

  private problem(what: string): void {
    this.problems.set(what, (this.problems.get(what) ?? 0) + 1);
  }
}

export async function runHandshakes(scenario: HandshakeScenario): Promise<HandshakeResult> {
  const handshakes = new Handshakes(scenario);
  const usage =
    scenario.mode.kind === 'storm'
      ? await storm(scenario, handshakes)
      : await lanes(scenario, handshakes, scenario.mode);
  return {
    ...usage,
    problems: [...handshakes.problems].map(([what, count]) => `${count}x ${what}`),
    handshakes: handshakes.done,
    welcomeMs: quantilesOf(handshakes.delays),
    refusals: handshakes.refusals,
  };
}

async function storm({ auths, observed }: HandshakeScenario, handshakes: Handshakes) {
  const window = new UsageWindow(observed);
  await Promise.all(auths.map((_, index) => handshakes.connect(index)));
  return window.read();
}

async function lanes(
  { observed }: HandshakeScenario,
  handshakes: Handshakes,
  mode: { lanes: number; warmUpMs: number; measureMs: number },
) {
  const stop = new AbortController();
  let next = 0;
  const lane = async () => {
    while (!stop.signal.aborted) {
      const client = await handshakes.connect(next++);
      if (!client) return;
      await left(client);
    }
  };
  const running = Array.from({ length: mode.lanes }, lane);
  await sleep(mode.warmUpMs);
  handshakes.clear();
  const window = new UsageWindow(observed);
  await sleep(mode.measureMs);
  const usage = window.read();
  const measured = handshakes.done;
  stop.abort();
  await Promise.all(running);
  handshakes.done = measured;
  return usage;
}

function left(client: SocketIoClient): Promise<void> {
  return new Promise((resolve) => {
    client.listener = { onClose: () => resolve() };
    client.close();
  });
}
