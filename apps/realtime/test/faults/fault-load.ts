import {
  Namespace,
  UserType,
  type AdminServerToClient,
  type DriverSnapshot,
} from '#libs/contracts';
import { BareSocket, WebhookReceiver, until } from '#libs/testing';
import { FaultApp, pause } from './fault-app.js';
import { CALM_RIDES, type FaultScene } from './fault-scene.js';
import { checkPositions, type KeptFix, type PositionFault } from './history/check-positions.js';
import { checkStreams, type Fault } from './history/check-streams.js';
import {
  ANY_ORDER,
  type Delivery,
  type KeptEntry,
  type KeptStream,
  type OrderRules,
} from './history/stream-history.js';
import { numberOf, RidingPair, WatchingDesk } from './load-of-rides.js';
import { Talk } from './load-of-talk.js';

/** What is told late must come within this once everything works again. */
const SETTLE_MS = 60_000;
/** So long the load meets the state that it is put into. */
export const STATE_MS = 3_000;
const MOST_PRINTED = 40;
/** How long a ride may take on a busy machine that gets over a fault: offers run out, and others come. */
const RIDE_MS = 240_000;
export const { WEBHOOK_SECRET } = CALM_RIDES;

/** Which entries of a trip somebody asked for. */
const DEED_OF: Readonly<Record<string, string>> = {
  'trip.requested': 'request',
  'trip.driver_accepted': 'accept',
  'trip.driver_arrived_pickup': 'arrive',
  'trip.started': 'start',
  'trip.completed': 'complete',
};
const TRIP_ORDER: OrderRules = {
  first: 'trip.requested',
  after: {
    'trip.assigning_started': 'trip.requested',
    'trip.driver_offered': 'trip.dispatch_round',
    'trip.driver_accepted': 'trip.driver_offered',
    'trip.driver_assigned': 'trip.driver_accepted',
    'trip.arriving_started': 'trip.driver_assigned',
    'trip.driver_en_route': 'trip.arriving_started',
    'trip.driver_arrived_pickup': 'trip.arriving_started',
    'trip.started': 'trip.driver_arrived_pickup',
    'trip.completed': 'trip.started',
  },
  once: Object.keys(DEED_OF),
  final: ['trip.completed', 'trip.canceled', 'trip.no_drivers_found'],
  afterEnd: ['trip.archived'],
};

interface AuditEntry {
  version: number;
  type: string;
  told: { event: string; to: string[] }[];
}

export interface LoadOptions {
  pairs?: number;
  talks?: number;
  receiver?: WebhookReceiver;
}

export interface LoadFigures {
  rides: number;
  /** Trips whose offer did not reach the driver in time. */
  unserved: number;
  deeds: number;
  messages: number;
  positions: number;
  shown: number;
  webhooks: number;
  reconnections: number;
  refusals: Record<string, number>;
}

/** Rides, talk, positions and webhooks at the same time, and the verdict about all of them. */
export class FaultLoad {
  private running: Promise<unknown> = Promise.resolve();
  private failure: unknown;

  private constructor(
    private readonly scene: FaultScene,
    readonly pairs: readonly RidingPair[],
    readonly talks: readonly Talk[],
    readonly desks: readonly WatchingDesk[],
    private readonly receiver: WebhookReceiver | undefined,
  ) {}

  static async open(
    scene: FaultScene,
    { pairs = 4, talks = 1, receiver }: LoadOptions = {},
  ): Promise<FaultLoad> {
    const count = scene.instances.length;
    const places = new Map<string, { lat: number }>();
    const desks = await Promise.all(
      scene.instances.map(async (_, i) => {
        const user = await scene.addUser(UserType.admin);
        const addresses = Array.from(
          { length: count },
          (_each, k) => () => scene.instances[(i + k) % count]!.address,
        );
        return new WatchingDesk(
          `desk ${i}`,
          (listen) =>
            new FaultApp(user, Namespace.admin, addresses, () => ({ feed: 'events' }), listen),
          places,
        );
      }),
    );
    await Promise.all(desks.map(({ app }) => app.connect()));
    const opened = await Promise.all(
      Array.from({ length: pairs }, (_, i) =>
        RidingPair.open(
          scene,
          i,
          Array.from({ length: count }, (_each, k) => (i + k) % count),
        ),
      ),
    );
    for (const { driver, place } of opened) places.set(driver.user.userId, place);
    const opening = Array.from({ length: talks }, (_, i) => Talk.open(scene, `talk-${i}`));
    return new FaultLoad(scene, opened, await Promise.all(opening), desks, receiver);
  }

  begin(): void {
    this.running = Promise.all([...this.pairs, ...this.talks].map((each) => each.run()));
    this.running.catch((error: unknown) => (this.failure = error));
  }

  /** Whoever waits for rides hears at once that somebody has given up, and why. */
  private assertRuns(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Rides that were driven to their end. */
  get rides(): number {
    return this.pairs.reduce((sum, { rides }) => sum + rides, 0);
  }

  /** Waits until so many more rides have ended. @returns how long that took, ms */
  async untilRides(more: number, timeoutMs = RIDE_MS): Promise<number> {
    const goal = this.rides + more;
    const since = performance.now();
    await until(
      `${more} more rides have ended`,
      () => {
        this.assertRuns();
        return this.rides >= goal;
      },
      timeoutMs,
    );
    return performance.now() - since;
  }

  /** Waits until everybody has driven one more ride. */
  async untilEverybodyRides(timeoutMs = RIDE_MS): Promise<number> {
    const goals = this.pairs.map(({ rides }) => rides + 1);
    const since = performance.now();
    await until(
      'everybody has driven another ride',
      () => {
        this.assertRuns();
        return this.pairs.every(({ rides }, i) => rides >= goals[i]!);
      },
      timeoutMs,
    );
    return performance.now() - since;
  }

  /** Everybody finishes the ride and the sentence that was begun. */
  async end(): Promise<void> {
    for (const each of [...this.pairs, ...this.talks]) each.stop();
    await this.running;
  }

  /** What cannot be, once it has had the time to come right; printed, so that a failure tells its reason. */
  async faults(): Promise<string[]> {
    const endsAt = performance.now() + SETTLE_MS;
    for (;;) {
      const isLast = performance.now() > endsAt;
      // An instance may still be on its way back to Redis.
      const found = await this.check().catch((error: unknown) => {
        if (isLast) throw error;
        return undefined;
      });
      if (found?.length === 0) return [];
      if (found && isLast) {
        const faults = found.map(({ kind, text }) => `${kind}: ${text}`);
        for (const fault of faults.slice(0, MOST_PRINTED)) process.stdout.write(`FAULT ${fault}\n`);
        return faults;
      }
      await pause(500);
    }
  }

  figures(): LoadFigures {
    const apps = this.apps();
    const refusals: Record<string, number> = {};
    for (const app of apps)
      for (const [code, count] of app.refusals) refusals[code] = (refusals[code] ?? 0) + count;
    const acknowledged = (some: readonly FaultApp[]) =>
      some.flatMap(({ deeds }) => deeds).filter(({ outcome }) => outcome === 'acknowledged').length;
    return {
      rides: this.rides,
      unserved: this.pairs.reduce((sum, { unserved }) => sum + unserved, 0),
      deeds: acknowledged(this.pairs.flatMap(({ passenger, driver }) => [passenger, driver])),
      messages: acknowledged(this.talks.flatMap(({ writers }) => writers)),
      positions: this.pairs.flatMap(({ sent }) => sent).filter((fix) => fix.isAcknowledged).length,
      shown: this.desks.reduce((sum, { shown }) => sum + shown.length, 0),
      webhooks: this.receiver?.received.length ?? 0,
      reconnections: apps.reduce((sum, { connections }) => sum + connections - 1, 0),
      refusals,
    };
  }

  close(): void {
    for (const each of [...this.pairs, ...this.talks, ...this.desks.map(({ app }) => app)])
      each.close();
  }

  private apps(): FaultApp[] {
    return [
      ...this.pairs.flatMap(({ passenger, driver }) => [passenger, driver]),
      ...this.talks.flatMap(({ everybody }) => everybody),
      ...this.desks.map(({ app }) => app),
    ];
  }

  private async check(): Promise<(Fault | PositionFault)[]> {
    const rides = checkStreams({
      deeds: this.pairs.flatMap(({ passenger, driver }) => [...passenger.deeds, ...driver.deeds]),
      kept: await this.keptTrips(),
      listeners: this.pairs
        .flatMap(({ passenger, driver, trips }) =>
          trips.flatMap((stream) => [
            { app: passenger, stream, audience: 'passenger', isFromFirst: false },
            // An offer that did not reach the driver is gone, see `unserved`.
            {
              app: driver,
              stream,
              audience: `driver:${driver.user.userId}`,
              isFromFirst: true,
            },
          ]),
        )
        .map(({ app, stream, audience, isFromFirst }) => ({
          name: app.user.userId,
          stream,
          audience,
          isFromFirst,
          heard: app.heard.get(stream) ?? [],
        })),
      deliveries: (this.receiver?.received ?? []).map(({ fact }): Delivery => ({
        receiver: 'webhook',
        stream: fact.subject,
        version: fact.version,
        type: fact.type,
      })),
      receivers: this.receiver ? ['webhook'] : [],
      rules: TRIP_ORDER,
    });
    const talks = await Promise.all(this.talks.map((talk) => this.checkTalk(talk)));
    const positions = checkPositions({
      sent: this.pairs.flatMap(({ sent }) => sent),
      shown: this.desks.flatMap(({ shown }) => shown),
      kept: await this.keptPositions(),
    });
    return [...rides, ...talks.flat(), ...positions];
  }

  private async checkTalk(talk: Talk): Promise<Fault[]> {
    const { conversationId: stream } = talk;
    const kept: KeptStream[] = [];
    for (const [i] of this.scene.instances.entries())
      kept.push({
        stream,
        observer: `instance ${i}`,
        entries: await talk.readAt(this.scene, i),
        isWhole: false,
      });
    return checkStreams({
      deeds: talk.writers.flatMap(({ deeds }) => deeds),
      kept,
      listeners: talk.everybody.map((app) => ({
        name: app.user.userId,
        stream,
        audience: 'member',
        heard: app.heard.get(stream) ?? [],
      })),
      deliveries: [],
      receivers: [],
      rules: ANY_ORDER,
    });
  }

  /** Every trip that an instance knows, also one that nobody was promised. */
  private async keptTrips(): Promise<KeptStream[]> {
    const kept: KeptStream[] = [];
    for (const [i] of this.scene.instances.entries()) {
      const ids = new Set(this.pairs.flatMap(({ trips }) => trips));
      for (const { passenger } of this.pairs) {
        const path = `admin/trips?passengerId=${passenger.user.userId}&limit=100`;
        for (const { id } of await this.scene.read<{ id: string }[]>(i, path)) ids.add(id);
      }
      for (const stream of ids)
        kept.push({
          stream,
          observer: `instance ${i}`,
          entries: (await this.scene.read<AuditEntry[]>(i, `admin/trips/${stream}/events`)).map(
            toKept,
          ),
          isWhole: true,
        });
    }
    return kept;
  }

  /** What a dispatcher is shown who comes to each instance now. */
  private async keptPositions(): Promise<KeptFix[]> {
    const places = new Map(this.pairs.map(({ driver, place }) => [driver.user.userId, place]));
    const kept: KeptFix[] = [];
    for (const [i, instance] of this.scene.instances.entries()) {
      const { token } = await this.scene.addUser(UserType.admin);
      const desk = BareSocket.open(await instance.url(), Namespace.admin, {
        token,
        feed: 'events',
      });
      const parts: DriverSnapshot[] = [];
      desk.socket.on(
        'driver:snapshot' satisfies keyof AdminServerToClient,
        (part: DriverSnapshot) => parts.push(part),
      );
      await until(
        'all of the snapshot came',
        () => parts.length > 0 && parts.length === parts[0]!.parts,
      ).finally(() => desk.close());
      for (const { driverId, position } of parts.flatMap(({ drivers }) => drivers)) {
        const place = places.get(driverId);
        if (place && position)
          kept.push({
            observer: `instance ${i}`,
            driverId,
            measuredAt: numberOf(place, position.lat),
          });
      }
    }
    return kept;
  }
}

function toKept({ version, type: written, told }: AuditEntry): KeptEntry {
  const type = `trip.${written.replace(/^trip_/, '')}`;
  const deed = DEED_OF[type];
  return {
    version,
    type,
    told: Object.fromEntries(told.flatMap(({ event, to }) => to.map((each) => [each, event]))),
    ...(deed === undefined ? {} : { deed }),
  };
}
