import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TripMessage } from '#libs/contracts';
import { DelayHistogram } from '#libs/observability';
import { quantilesOf } from '../quantiles.js';
import { type Checkpoint } from './checkpoint.js';
import { connectAll } from './connect-all.js';
import { type DirectedResult } from './directed-run.js';
import { type Auth, type BenchNamespace, type SocketIoClient } from './socket-io-client.js';
import { TripAudience } from './trip-audience.js';
import { UsageWindow, type ObservedProcess } from './usage-window.js';

export interface TripUnderWay {
  tripId: string;
  passenger: Auth;
  driver: Auth;
}

/** A dispatcher writes to the passenger and the driver of each trip, who are on other instances. */
export interface TripMessagesScenario {
  kind: 'trip-messages';
  ports: { asked: number; drivers: number; passengers: number };
  trips: TripUnderWay[];
  /** Writes over REST, and looks on from the instance that is asked. */
  adminToken: string;
  /** To each trip, one after the other. */
  messages: number;
  observed: ObservedProcess[];
}

const LANES = 16;
const DEADLINE_MS = 30_000;
const LOOK_MS = 20;
/** The state of the trip that each device is welcomed with must be there before the first message. */
const SETTLE_MS = 500;

/** Passenger, driver and dispatcher must get every message exactly once, in order. */
export class TripMessagesRun {
  private readonly problems = new Set<string>();
  private readonly answers = new DelayHistogram();
  private readonly notices = new DelayHistogram();
  private readonly indexes: ReadonlyMap<string, number>;
  /** Of each message of each trip. */
  private readonly askedAt: number[][];
  private readonly agent = new Agent({ keepAlive: true, maxSockets: LANES });

  constructor(
    private readonly scenario: TripMessagesScenario,
    private readonly checkpoint: Checkpoint,
  ) {
    this.indexes = new Map(scenario.trips.map(({ tripId }, index) => [tripId, index]));
    this.askedAt = scenario.trips.map(() => []);
  }

  async run(): Promise<DirectedResult> {
    const { ports, trips, adminToken, messages, observed } = this.scenario;
    const admin = { token: adminToken };
    const passengerAuths = trips.map(({ passenger }) => passenger);
    const driverAuths = trips.map(({ driver }) => driver);
    const passengers = await this.connect('/passengers', ports.passengers, passengerAuths);
    const drivers = await this.connect('/drivers', ports.drivers, driverAuths);
    const [dispatcher] = await this.connect('/admin', ports.asked, [admin]);
    await sleep(SETTLE_MS);
    const audiences = [
      this.listen('a passenger', 'trip:message', passengers),
      this.listen('a driver', 'trip:message', drivers),
      this.listen('the dispatcher', 'admin:trip:message_sent', [dispatcher!]),
    ];
    await this.checkpoint('begin');
    const window = new UsageWindow(observed);
    await Promise.all(trips.map((_, index) => this.write(index)));
    const events = trips.length * messages;
    await untilHeard(audiences, events);
    const usage = window.read();
    await this.checkpoint('end');
    // What comes twice comes now.
    await sleep(SETTLE_MS);
    for (const audience of audiences) audience.checkCounts(messages);
    this.agent.destroy();
    return {
      ...usage,
      problems: [...this.problems],
      events,
      ackMs: quantilesOf(this.answers),
      toldMs: quantilesOf(this.notices),
    };
  }

  private connect(
    namespace: BenchNamespace,
    port: number,
    auths: readonly Auth[],
  ): Promise<SocketIoClient[]> {
    const address = { port };
    return connectAll(
      auths.map((auth) => ({ address, namespace, isSocketIo: true, auth, readyEvent: 'hello' })),
    );
  }

  /** A single client gets all trips, of several each of its own. */
  private listen(who: string, event: string, clients: readonly SocketIoClient[]): TripAudience {
    const { trips } = this.scenario;
    const audience = new TripAudience(who, trips.length, (problem) => this.problems.add(problem));
    const prefix = Buffer.from(`["${event}"`);
    for (const [own, client] of clients.entries()) {
      client.listener = {
        onEvent: (bytes, at, end) => {
          if (bytes.compare(prefix, 0, prefix.length, at, at + prefix.length) !== 0) return;
          const heardAt = performance.now();
          const [, fact] = JSON.parse(bytes.toString('utf8', at, end)) as [string, TripMessage];
          const index = this.indexes.get(fact.tripId) ?? -1;
          if (clients.length > 1 && index !== own) this.problems.add(`${who} heard another's`);
          const heard = audience.hear(index, fact);
          const askedAt = this.askedAt[index]?.[heard];
          if (askedAt === undefined) this.problems.add(`${who} heard what nobody wrote`);
          else if (clients.length > 1) this.notices.record(heardAt - askedAt);
        },
        onClose: (reason) => this.problems.add(`${who} was cut: ${reason}`),
      };
    }
    return audience;
  }

  private async write(index: number): Promise<void> {
    const { trips, messages } = this.scenario;
    const { tripId } = trips[index]!;
    for (let number = 0; number < messages; number += 1) {
      const askedAt = performance.now();
      this.askedAt[index]!.push(askedAt);
      const status = await this.post(
        `/api/admin/trips/${tripId}/actions/send-message`,
        JSON.stringify({ target: 'both', message: TripAudience.textOf(index, number) }),
      );
      this.answers.record(performance.now() - askedAt);
      if (status !== 200) this.problems.add(`an answer had the status ${status}`);
    }
  }

  private post(path: string, body: string): Promise<number | undefined> {
    const { ports, adminToken } = this.scenario;
    const headers = {
      authorization: `Bearer ${adminToken}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const to = { host: '127.0.0.1', port: ports.asked, method: 'POST', path, headers };
    return new Promise((resolve, reject) => {
      request({ ...to, agent: this.agent }, (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode));
        response.once('error', reject);
      })
        .once('error', reject)
        .end(body);
    });
  }
}

async function untilHeard(audiences: readonly TripAudience[], events: number): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (performance.now() < deadline) {
    if (audiences.every(({ total }) => total >= events)) return;
    await sleep(LOOK_MS);
  }
}
