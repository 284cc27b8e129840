import { randomUUID } from 'node:crypto';
import {
  Namespace,
  UserType,
  type Ack,
  type DriverLocationUpdate,
  type DriverSnapshot,
  type LocationPingResult,
  type TripOffered,
  type TripView,
} from '#libs/contracts';
import { type BareSocket } from '#libs/testing';
import { type SentFix, type ShownFix } from './history/check-positions.js';
import { FaultApp, pause } from './fault-app.js';
import { type FaultScene } from './fault-scene.js';

/** A metre or so: the number of a fix stands in its latitude, where no clock can change it. */
const STEP_DEGREES = 1e-5;
const PING_INTERVAL_MS = 300;
const OFFER_WAIT_MS = 90_000;

/** A passenger and a driver who ride again and again, out of the reach of all others. */
export class RidingPair {
  readonly sent: SentFix[] = [];
  readonly trips: string[] = [];
  /** Trips that ended because the offer did not reach the driver in time: one is asked once. */
  unserved = 0;
  /** Rides that were driven to their end. */
  rides = 0;
  /** Where its positions begin. */
  readonly place: { lat: number; lng: number };
  private readonly offers: TripOffered[] = [];
  private fixes = 0;
  private isStopping = false;

  private constructor(
    readonly passenger: FaultApp,
    readonly driver: FaultApp,
    index: number,
  ) {
    this.place = { lat: -40 + index * 0.5, lng: 10 };
  }

  /** @param order of the instances that the passenger goes to; the driver goes to them backwards */
  static async open(
    scene: FaultScene,
    index: number,
    order: number[],
    addresses: readonly (() => string | undefined)[] = order.map(
      (i) => () => scene.instances[i]!.address,
    ),
  ): Promise<RidingPair> {
    const [rider, cab] = await Promise.all([
      scene.addUser(UserType.passenger),
      scene.addUser(UserType.driver),
    ]);
    let pair: RidingPair | undefined;
    const versionsOf = (app: FaultApp, trips: Iterable<string>) => ({
      trips: Object.fromEntries([...trips].slice(-8).map((id) => [id, app.newestOf(id)])),
    });
    const passenger: FaultApp = new FaultApp(rider, Namespace.passengers, addresses, () =>
      // Also those that it has requested and heard nothing of: they may be over before it is back.
      versionsOf(passenger, new Set([...passenger.heard.keys(), ...(pair?.trips ?? [])])),
    );
    const driver: FaultApp = new FaultApp(
      cab,
      Namespace.drivers,
      addresses.toReversed(),
      () => versionsOf(driver, driver.heard.keys()),
      (client) => pair?.listenTo(client),
    );
    pair = new RidingPair(passenger, driver, index);
    await Promise.all([passenger.connect(), driver.connect()]);
    await driver.client!.ask('driver:status:update', { isAvailableForTrips: true });
    await pair.ping();
    return pair;
  }

  /** Rides until it is stopped; the last ride is finished. */
  async run(): Promise<void> {
    const driving = this.drive();
    while (!this.isStopping) await this.ride();
    await driving;
  }

  stop(): void {
    this.isStopping = true;
  }

  close(): void {
    this.passenger.close();
    this.driver.close();
  }

  /** One ride from the request to its end. */
  async ride(): Promise<void> {
    const { lat, lng } = this.place;
    const asked = await this.passenger.do<TripView>({
      key: 'request',
      event: 'trip:request',
      payload: {
        idempotencyKey: randomUUID(),
        paymentMode: 'cash',
        pickupPoint: { lat, lng },
        stops: [{ point: { lat, lng: lng + 0.02 } }],
      },
    });
    if (!asked || 'error' in asked) throw new Error(`no trip: ${JSON.stringify(asked)}`);
    const { tripId } = asked.data;
    this.trips.push(tripId);
    if (!(await this.take(tripId))) {
      this.unserved += 1;
      return;
    }
    for (const step of ['arrive', 'start', 'complete'] as const) {
      const done = await this.driver.do({
        stream: tripId,
        key: step,
        event: `trip:${step}`,
        payload: { tripId },
      });
      if (!done || 'error' in done)
        throw new Error(`${step} of ${tripId}: ${JSON.stringify(done)}`);
    }
    this.rides += 1;
  }

  /** Sends one fix, which is not sent again. */
  async ping(): Promise<void> {
    const { driver } = this;
    const measuredAt = (this.fixes += 1);
    const fix: SentFix = { driverId: driver.user.userId, measuredAt, isAcknowledged: false };
    this.sent.push(fix);
    if (!driver.isConnected) return;
    const answer = (await driver
      .client!.socket.timeout(8_000)
      .emitWithAck('driver:location:ping', {
        lat: this.place.lat + measuredAt * STEP_DEGREES,
        lng: this.place.lng,
      })
      .catch(() => undefined)) as Ack<LocationPingResult> | undefined;
    if (!answer?.ok) return;
    this.sent[measuredAt - 1] = {
      ...fix,
      isAcknowledged: answer.data!.results[0]!.verdict === 'stored',
    };
  }

  private async drive(): Promise<void> {
    while (!this.isStopping) {
      await this.ping();
      await pause(PING_INTERVAL_MS);
    }
  }

  private listenTo({ socket }: BareSocket): void {
    socket.on('trip:assignment:offered', (offer: TripOffered, received: () => void) => {
      received();
      this.offers.push(offer);
    });
  }

  /**
   * Takes the newest offer of the trip; of one that has ended the next.
   * @returns false when the search for a driver has ended
   */
  private async take(tripId: string): Promise<boolean> {
    const endsAt = performance.now() + OFFER_WAIT_MS;
    /** Of each offer that it asked for, what it was answered. */
    const tried = new Map<string, string>();
    while (performance.now() < endsAt) {
      const offer = this.offers.findLast((each) => each.tripId === tripId);
      const heard = this.passenger.heard.get(tripId);
      if (heard?.some(({ event }) => event === 'trip:no_drivers_found')) return false;
      if (!offer || tried.has(offer.assignmentId)) {
        await pause(20);
        continue;
      }
      const { assignmentId } = offer;
      const taken = await this.driver.do({
        stream: tripId,
        key: 'accept',
        event: 'driver:offer:accept',
        payload: { assignmentId },
      });
      if (taken && 'data' in taken) return true;
      tried.set(assignmentId, taken ? taken.error.code : 'not answered');
    }
    throw new Error(
      `${this.driver.user.userId} got no offer of ${tripId} that it could take: ${JSON.stringify({
        tried: Object.fromEntries(tried),
        passenger: {
          isConnected: this.passenger.isConnected,
          heard: this.passenger.heard.get(tripId),
        },
        driver: { isConnected: this.driver.isConnected, heard: this.driver.heard.get(tripId) },
      })}`,
    );
  }
}

/** A dispatcher who notes each position that it is shown. */
export class WatchingDesk {
  readonly shown: ShownFix[] = [];
  readonly app: FaultApp;

  constructor(
    private readonly name: string,
    app: (listen: (client: BareSocket) => void) => FaultApp,
    private readonly places: ReadonlyMap<string, { lat: number }>,
  ) {
    this.app = app((client) => this.listenTo(client));
  }

  private listenTo({ socket }: BareSocket): void {
    socket.on('driver:location:update', ({ driverId, coords }: DriverLocationUpdate) =>
      this.show(driverId, coords.lat),
    );
    socket.on('driver:snapshot', ({ drivers }: DriverSnapshot) => {
      for (const { driverId, position } of drivers) if (position) this.show(driverId, position.lat);
    });
  }

  private show(driverId: string, lat: number): void {
    const place = this.places.get(driverId);
    if (place) this.shown.push({ viewer: this.name, driverId, measuredAt: numberOf(place, lat) });
  }
}

/** Which fix of a driver a latitude is of. */
export function numberOf(place: { lat: number }, lat: number): number {
  return Math.round((lat - place.lat) / STEP_DEGREES);
}
