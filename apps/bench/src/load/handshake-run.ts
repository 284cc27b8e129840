import { setTimeout as sleep } from 'node:timers/promises';
import { DelayHistogram } from '#libs/observability';
import { quantilesOf } from '../quantiles.js';
import { type Checkpoint } from './checkpoint.js';
import { type HandshakeResult, type HandshakeScenario } from './handshake-scenario.js';
import { SocketIoClient } from './socket-io-client.js';
import { UsageWindow } from './usage-window.js';

/** As Socket.IO's clients do it: again after a second, more or less. */
const RETRY_MS = 1_000;
const RETRY_SPREAD_MS = 1_000;
const PATIENCE_MS = 60_000;
/** What a server does for a client right behind its welcome belongs to its handshake. */
const STAY_MS = 100;
const SETTLE_MS = 1_000;
const LOOK_MS = 20;

class Handshakes {
  done = 0;
  refusals = 0;
  bytesIn = 0;
  bytesOut = 0;
  readonly problems = new Map<string, number>();
  readonly delays = new DelayHistogram();

  constructor(private readonly scenario: HandshakeScenario) {}

  clear(): void {
    this.done = 0;
    this.refusals = 0;
    this.bytesIn = 0;
    this.bytesOut = 0;
    this.delays.clear();
  }

  read() {
    const { done, refusals, bytesIn, bytesOut, delays } = this;
    return { handshakes: done, refusals, bytesIn, bytesOut, welcomeMs: quantilesOf(delays) };
  }

  /** Resolves a welcomed client, however many attempts that takes; undefined after an error. */
  async connect(index: number): Promise<SocketIoClient | undefined> {
    const { isSocketIo, port, auths, readyEvent } = this.scenario;
    const startedAt = performance.now();
    while (performance.now() - startedAt < PATIENCE_MS) {
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
        this.bytesIn += client.webSocket.bytesIn;
        this.bytesOut += client.webSocket.bytesOut;
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

  problem(what: string): void {
    this.problems.set(what, (this.problems.get(what) ?? 0) + 1);
  }
}

export async function runHandshakes(
  scenario: HandshakeScenario,
  checkpoint: Checkpoint,
): Promise<HandshakeResult> {
  const handshakes = new Handshakes(scenario);
  const lanes = new Lanes(scenario, handshakes);
  await lanes.start();
  const measured =
    scenario.mode.kind === 'reconnect'
      ? await reconnect(scenario, handshakes, lanes, checkpoint)
      : await comeAndGo(scenario, scenario.mode.measureMs, handshakes, lanes, checkpoint);
  return {
    ...measured,
    problems: [...handshakes.problems].map(([what, count]) => `${count}x ${what}`),
  };
}

type Measured = Omit<HandshakeResult, 'problems'>;

/** Clients that come one after the other in each of the lanes, and leave a moment after their welcome. */
class Lanes {
  private readonly stopping = new AbortController();
  private ended: Promise<void> | undefined;
  private next = 0;

  constructor(
    private readonly scenario: HandshakeScenario,
    private readonly handshakes: Handshakes,
  ) {}

  /** Clients go on coming afterwards, until `stop`. A client that fails spoils the run, here as well. */
  async start(): Promise<void> {
    const { signal } = this.stopping;
    const running = Array.from({ length: this.scenario.lanes }, () => this.run());
    // Lanes end early where a server lets nobody in, and there is nothing to wait for.
    this.ended = Promise.all(running).then(() => this.stopping.abort());
    while (this.handshakes.done < this.scenario.warmUpHandshakes && !signal.aborted)
      await sleep(LOOK_MS);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const client = await this.handshakes.connect(this.next++);
      if (!client) return;
      await sleep(STAY_MS);
      if (client.isOpen) await left(client);
      else this.handshakes.problem('cut after its welcome');
    }
  }
}

/** What a network does that was away for a moment. */
async function reconnect(
  { auths, observed, lanes: fillingLanes }: HandshakeScenario,
  handshakes: Handshakes,
  lanes: Lanes,
  checkpoint: Checkpoint,
): Promise<Measured> {
  await lanes.stop();
  const clients: SocketIoClient[] = [];
  let next = 0;
  const fill = async () => {
    while (next < auths.length) {
      const client = await handshakes.connect(next++);
      if (client) clients.push(client);
    }
  };
  await Promise.all(Array.from({ length: fillingLanes }, fill));
  await sleep(SETTLE_MS);
  await checkpoint('begin');
  handshakes.clear();
  const window = new UsageWindow(observed);
  for (const client of clients) client.close(true);
  const back = await Promise.all(auths.map((_, index) => handshakes.connect(index)));
  const measured = { ...window.read(), ...handshakes.read() };
  await checkpoint('end');
  await sleep(SETTLE_MS);
  const cut = back.filter((client) => client && !client.isOpen).length;
  if (cut > 0) handshakes.problem(`${cut} clients that were let in were cut`);
  return measured;
}

async function comeAndGo(
  { observed }: HandshakeScenario,
  measureMs: number,
  handshakes: Handshakes,
  lanes: Lanes,
  checkpoint: Checkpoint,
): Promise<Measured> {
  await checkpoint('begin');
  handshakes.clear();
  const window = new UsageWindow(observed);
  await sleep(measureMs);
  const measured = { ...window.read(), ...handshakes.read() };
  await checkpoint('end');
  await lanes.stop();
  return measured;
}

function left(client: SocketIoClient): Promise<void> {
  return new Promise((resolve) => {
    client.listener = { onClose: () => resolve() };
    client.close();
  });
}
