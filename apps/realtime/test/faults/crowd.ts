import { Namespace, UserType, type Ack, type LocationPingResult } from '#libs/contracts';
import { BareSocket } from '#libs/testing';
import { type TestUser } from '../cluster.js';
import { pause } from './fault-app.js';
import { type FaultScene } from './fault-scene.js';
import { numberOf } from './load-of-rides.js';

const PING_INTERVAL_MS = 10_000;
const ANSWER_MS = 15_000;
const OPENED_AT_ONCE = 50;
/** As Socket.IO's own: a client that was turned away waits this long, more or less. */
const RETRY_MS = 1_000;
const STEP_DEGREES = 0.00001;

/**
 * One driver of many: pings now and then, and comes back when it is told to. A bare socket: how often
 * it is turned away, and how long it is away, are counted.
 */
class CrowdMember {
  /** How long it was away each time, ms. */
  readonly away: number[] = [];
  /** The number of the newest fix that was acknowledged as stored. */
  stored = 0;
  connectedAt = 0;
  private fixes = 0;
  private client: BareSocket | undefined;
  private leftAt = 0;
  private retryAfterMs = 0;
  private turn = 0;
  private isClosed = false;

  constructor(
    readonly user: TestUser,
    readonly place: { lat: number; lng: number },
    private readonly addresses: readonly (() => string | undefined)[],
    private readonly crowd: Crowd,
  ) {}

  get isIn(): boolean {
    return this.client !== undefined;
  }

  async connect(): Promise<void> {
    while (!this.isClosed) {
      // A balancer has noticed that the last one goes: the next one is asked.
      const url = this.addresses[this.turn % this.addresses.length]!();
      this.turn += 1;
      if (url !== undefined && (await this.tryAt(url))) return;
      await pause(url === undefined ? 10 : RETRY_MS * (0.5 + Math.random()));
    }
  }

  async ping(): Promise<void> {
    if (!this.client) return;
    const measuredAt = (this.fixes += 1);
    const answer = (await this.client.socket
      .timeout(ANSWER_MS)
      .emitWithAck('driver:location:ping', {
        lat: this.place.lat + measuredAt * STEP_DEGREES,
        lng: this.place.lng,
      })
      .catch(() => undefined)) as Ack<LocationPingResult> | undefined;
    if (answer?.ok && answer.data?.results[0]?.verdict === 'stored')
      this.stored = Math.max(this.stored, measuredAt);
  }

  async pingOnAndOn(): Promise<void> {
    await pause(Math.random() * PING_INTERVAL_MS);
    while (!this.isClosed) {
      await this.ping();
      await pause(PING_INTERVAL_MS);
    }
  }

  close(): void {
    this.isClosed = true;
    this.client?.close();
  }

  private async tryAt(url: string): Promise<boolean> {
    const client = BareSocket.open(url, Namespace.drivers, { token: this.user.token });
    const { socket } = client;
    socket.on('connection:closing', ({ retryAfterMs = 0 }: { retryAfterMs?: number }) => {
      this.retryAfterMs = retryAfterMs;
    });
    return new Promise((resolve) => {
      const fail = (): void => {
        clearTimeout(timeout);
        client.close();
        resolve(false);
      };
      const timeout = setTimeout(() => {
        this.crowd.turnedAway('no answer');
        fail();
      }, ANSWER_MS);
      socket.once('connect_error', (error: Error & { data?: { code: string } }) => {
        this.crowd.turnedAway(error.data?.code ?? 'unreachable');
        fail();
      });
      socket.once('hello', () => {
        clearTimeout(timeout);
        this.client = client;
        this.connectedAt = performance.now();
        if (this.leftAt > 0) this.away.push(this.connectedAt - this.leftAt);
        resolve(true);
      });
      socket.once('disconnect', () => {
        if (this.client !== client) return fail();
        this.client = undefined;
        this.leftAt = performance.now();
        void pause(this.retryAfterMs).then(() => this.connect());
      });
    });
  }
}

/** Thousands of drivers who are there while something is done to the instances. */
export class Crowd {
  /** How often a connection was turned away, by code; `unreachable` where nothing listened. */
  readonly refusals: Record<string, number> = {};
  private readonly members: CrowdMember[] = [];

  static async open(scene: FaultScene, size: number): Promise<Crowd> {
    const crowd = new Crowd();
    const count = scene.instances.length;
    for (let first = 0; first < size; first += OPENED_AT_ONCE) {
      const numbers = Array.from(
        { length: Math.min(OPENED_AT_ONCE, size - first) },
        (_, i) => first + i,
      );
      const opened = await Promise.all(
        numbers.map(async (n) => {
          const addresses = Array.from(
            { length: count },
            (_, k) => () => scene.instances[(n + k) % count]!.address,
          );
          const place = { lat: -30 + (n % 100) * 0.05, lng: 20 + Math.floor(n / 100) * 0.05 };
          const member = new CrowdMember(
            await scene.addUser(UserType.driver),
            place,
            addresses,
            crowd,
          );
          await member.connect();
          return member;
        }),
      );
      crowd.members.push(...opened);
    }
    for (const member of crowd.members) void member.pingOnAndOn();
    return crowd;
  }

  turnedAway(code: string): void {
    this.refusals[code] = (this.refusals[code] ?? 0) + 1;
  }

  get areAllIn(): boolean {
    return this.members.every(({ isIn }) => isIn);
  }

  /** Each time that somebody was away, ms, the shortest first. */
  get absences(): number[] {
    return this.members.flatMap(({ away }) => away).toSorted((a, b) => a - b);
  }

  /** Members who came back within one second, at the worst since a moment of `performance.now()`. */
  worstSecond(since: number): number {
    const bySecond = new Map<number, number>();
    for (const { connectedAt } of this.members) {
      if (connectedAt < since) continue;
      const second = Math.floor(connectedAt / 1_000);
      bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
    }
    return Math.max(0, ...bySecond.values());
  }

  /** Of each driver the number of the newest fix that was acknowledged to it so far. */
  get stored(): Map<string, number> {
    return new Map(this.members.map(({ user, stored }) => [user.userId, stored]));
  }

  /** Drivers who are shown where they were before that, or not at all. */
  behind(shown: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): string[] {
    return this.members.flatMap(({ user, place }) => {
      const lat = shown.get(user.userId);
      const stored = before.get(user.userId) ?? 0;
      const isThere = stored === 0 || (lat !== undefined && numberOf(place, lat) >= stored);
      return isThere ? [] : [`${user.userId}: ${stored} was stored, ${lat} is shown`];
    });
  }

  get pings(): number {
    return this.members.reduce((sum, { stored }) => sum + stored, 0);
  }

  close(): void {
    for (const member of this.members) member.close();
  }
}
