import { FixVerdict } from '#libs/contracts';
import { DelayHistogram } from '#libs/observability';
import { type Account } from '../clients/accounts.js';
import { DispatcherClient } from '../clients/dispatcher-client.js';
import { DriverClient, THAWED_WITHIN_MS } from '../clients/driver-client.js';
import { type SessionTokens } from '../clients/session-tokens.js';
import { type Drive } from '../drives/drive.js';
import { type Point } from '../drives/geography.js';
import { type GpsReceiver } from '../drives/gps-receiver.js';
import { DelayWindow } from '#libs/observability';
import { DeliveryLedger } from '../measure/delivery-ledger.js';
import { SilenceTally } from '../measure/silence-tally.js';
import { Tally } from '../measure/tally.js';
import { type DriverPlan } from '../plan/driver-plan.js';
import { SILENCES, TroubleKind } from '../plan/phone-troubles.js';
import { Chauffeur } from '../rides/chauffeur.js';
import { type TripTally } from '../rides/trip-tally.js';
import { type TripTalks } from '../talks/trip-talks.js';
import { Driving, type DrivingEvents } from './driving.js';
import { FixAccounts } from './fix-accounts.js';
import { until, within } from './waiting.js';

/** Thousands who come at once wait for each other: an instance lets a bounded number in a second. */
const CONNECT_DEADLINE_MS = 90_000;
const WINDOW_SECONDS = 10;

/** A corrected clock is right to the delay of a fix: less than half of the time between two. */
const CORRECTED_CLOCK_TOLERANCE_MS = 1_400;

/** Of requests near some car, those that are near one of a visitor while one waits for offers. */
const STRANGER_CHANCE = 0.15;

/** A driver before it comes. */
export interface NewDriver {
  plan: DriverPlan;
  drive: Drive;
  /** Absent for recorded drives. */
  gps?: GpsReceiver;
}

interface FleetDriver {
  driverId: string;
  client: DriverClient;
  ledger: DeliveryLedger;
  /** Whose eyes count: a dispatcher on another server than the driver's where there is one. */
  dispatcher: DispatcherClient;
  driving: Driving;
  chauffeur: Chauffeur;
}

/** Drivers on all servers and a dispatcher on each, with what became of every fix in between. */
export class Fleet {
  readonly tally = new Tally();
  readonly silences = new SilenceTally();
  readonly delays = new DelayHistogram();
  readonly recentDelays = new DelayWindow(WINDOW_SECONDS);
  private readonly dispatchers: DispatcherClient[];
  private readonly drivers = new Map<string, FleetDriver>();
  private readonly greetings = new Map<string, () => void>();
  private readonly begunAt = performance.now();
  private arrived = 0;
  private lastArrivalAt = this.begunAt;
  private isClosed = false;

  constructor(
    private readonly servers: readonly string[],
    /** One a server. */
    admins: readonly SessionTokens[],
    private readonly trips: TripTally,
    private readonly talks: TripTalks,
    /** When the run began, epoch ms. */
    private readonly startedAt: number,
  ) {
    this.dispatchers = servers.map((server, i) => {
      const dispatcher: DispatcherClient = new DispatcherClient(server, admins[i]!, {
        onPosition: (driverId, timestamp, isFromSnapshot) =>
          this.see(dispatcher, driverId, timestamp, isFromSnapshot),
        onConnected: (isFirst) => {
          if (!isFirst) this.tally.reconnects += 1;
        },
        onTrouble: (what) => this.tally.fail(`dispatcher: ${what}`),
        onShown: (driverId, what) => {
          if (this.drivers.get(driverId)?.dispatcher === dispatcher)
            this.silences.show(driverId, what);
        },
      });
      return dispatcher;
    });
  }

  /** Drivers whom the server has let in, on a break or not, and how long the last of them took to come. */
  get arrivals(): { count: number; lastAfterMs: number } {
    return { count: this.arrived, lastAfterMs: this.lastArrivalAt - this.begunAt };
  }

  /** Drivers that the dispatcher on the other server shows, by the quality of their position. */
  live(): { count: number; qualities: Map<string, number> } {
    const qualities = new Map<string, number>();
    let count = 0;
    for (const { driverId, dispatcher } of this.drivers.values()) {
      const quality = dispatcher.live.get(driverId);
      if (quality === undefined) continue;
      count += 1;
      const name = quality ?? 'no position';
      qualities.set(name, (qualities.get(name) ?? 0) + 1);
    }
    return { count, qualities };
  }

  get onBreak(): number {
    return [...this.drivers.values()].filter(({ driving }) => driving.isOnBreak).length;
  }

  /**
   * Where some car without a passenger is; undefined while there is none. Somebody at a browser who
   * drives among the simulated ones is not to wait for long.
   */
  carSomewhere(): Point | undefined {
    const free = this.dispatchers[0]?.freeCars() ?? [];
    const strangers = free.flatMap(({ driverId, place }) =>
      this.drivers.has(driverId) ? [] : place,
    );
    const isForStranger = strangers.length > 0 && Math.random() < STRANGER_CHANCE;
    const places = isForStranger
      ? strangers
      : [...this.drivers.values()].flatMap(({ driving }) => driving.freePlace ?? []);
    return places[Math.floor(Math.random() * places.length)];
  }

  /** Some driver who waits for offers writes to somebody. */
  async writeFromSomebody(userId: string, text: string): Promise<void> {
    const waiting = [...this.drivers.values()].filter(({ driving }) => driving.freePlace);
    const writer = waiting[Math.floor(Math.random() * waiting.length)];
    await writer?.client.writeTo(userId, text);
  }

  async connectDispatchers(): Promise<void> {
    await Promise.all(this.dispatchers.map((dispatcher) => dispatcher.connect()));
    const deadline = performance.now() + CONNECT_DEADLINE_MS;
    await until(
      () => this.dispatchers.every(({ watchingSince }) => watchingSince !== undefined),
      deadline,
      () => `A dispatcher got no snapshot. ${this.troubles()}`,
    );
  }

  /** Connects a driver to the server that is its turn; it begins to drive once it is greeted. */
  async join(account: Account, newDriver: NewDriver): Promise<void> {
    const driver = this.addDriver(account, newDriver);
    const greeted = new Promise<void>((resolve) => this.greetings.set(account.userId, resolve));
    await driver.client.connect();
    await within(
      greeted,
      CONNECT_DEADLINE_MS,
      () => `A driver was not greeted. ${this.troubles()}`,
    );
    this.arrived += 1;
    this.lastArrivalAt = performance.now();
    if (!this.isClosed) driver.driving.start();
  }

  /** Counts what got lost; called once a second. */
  look(): void {
    const now = performance.now();
    for (const { ledger, dispatcher } of this.drivers.values()) {
      const { watchingSince } = dispatcher;
      if (watchingSince === undefined) this.tally.unseen += ledger.takeUnseen();
      else this.tally.lost += ledger.takeLost(now, watchingSince);
    }
  }

  /** Dispatchers who do not see the fleet now: cut off, or without their session. */
  get awayDispatchers(): number {
    return this.dispatchers.filter(({ watchingSince }) => watchingSince === undefined).length;
  }

  /** Nobody looks any more: what waits for a dispatcher who is away stays unseen. */
  endLooking(): void {
    for (const { ledger, dispatcher } of this.drivers.values())
      if (dispatcher.watchingSince === undefined) this.tally.unseen += ledger.takeUnseen(true);
  }

  stopDriving(): void {
    for (const { driving, chauffeur } of this.drivers.values()) {
      chauffeur.close();
      driving.stop();
    }
  }

  /** Stored positions that the dispatcher has not seen yet. */
  get onTheWay(): number {
    let count = 0;
    for (const { ledger } of this.drivers.values()) count += ledger.waiting;
    return count;
  }

  close(): void {
    this.isClosed = true;
    this.stopDriving();
    for (const { client } of this.drivers.values()) client.close();
    for (const dispatcher of this.dispatchers) dispatcher.close();
  }

  private troubles(): string {
    return [...this.tally.errors.keys()].join(', ');
  }

  private addDriver(
    { userId: driverId, tokens }: Account,
    { plan, drive, gps }: NewDriver,
  ): FleetDriver {
    const home = plan.index % this.servers.length;
    const { clockAheadMs } = plan.phone;
    const ledger = new DeliveryLedger({
      aheadMs: clockAheadMs,
      toleranceMs: CORRECTED_CLOCK_TOLERANCE_MS,
    });
    const accounts = new FixAccounts(this.tally, ledger);
    const onTrouble = (what: string): void => this.tally.fail(`driver: ${what}`);
    let isBackFromSilence = false;
    const client: DriverClient = new DriverClient(this.servers[home]!, tokens, clockAheadMs, {
      onTrouble,
      onEmitted: (fixes, areLate) => accounts.emitted(fixes, areLate),
      onResult: (fix, result) => {
        if (result.verdict === FixVerdict.stored) driving.believe(fix);
        accounts.answered(fix, result, driving.isAway);
      },
      onOffer: (offer) => chauffeur.consider(offer),
      onTripLost: (tripId) => chauffeur.lose(tripId),
      onConnected: (isFirst) => {
        if (isFirst) this.greetings.get(driverId)?.();
        else if (!isBackFromSilence) this.tally.reconnects += 1;
        this.greetings.delete(driverId);
        isBackFromSilence = false;
      },
    });
    const events: DrivingEvents = {
      onTrouble: ({ kind, isCut, isOnDuty }) => {
        this.tally.happen(kind);
        if (isCut) isBackFromSilence = true;
        if (isOnDuty && SILENCES.includes(kind)) this.silences.begin(driverId, kind);
      },
      onTunnel: () => this.tally.happen('tunnel'),
      onTroubleEnd: (kind) => {
        this.silences.end(driverId);
        if (kind !== TroubleKind.frozen) return;
        ledger.postponed(performance.now());
        // A short one costs no connection: what ends later has another cause.
        setTimeout(() => (isBackFromSilence = false), THAWED_WITHIN_MS).unref();
      },
    };
    const driving = new Driving(client, drive, gps, plan, events, this.startedAt);
    const { trips, talks } = this;
    const chauffeur = new Chauffeur(client, driving, plan, trips, talks, onTrouble);
    const driver: FleetDriver = {
      driverId,
      client,
      ledger,
      dispatcher: this.dispatchers[(home + 1) % this.dispatchers.length]!,
      driving,
      chauffeur,
    };
    this.drivers.set(driverId, driver);
    return driver;
  }

  private see(
    dispatcher: DispatcherClient,
    driverId: string,
    timestamp: number,
    isFromSnapshot: boolean,
  ): void {
    const driver = this.drivers.get(driverId);
    if (driver?.dispatcher !== dispatcher) return;
    const { delayMs, superseded } = driver.ledger.seen(timestamp, performance.now());
    this.tally.superseded += superseded;
    if (delayMs === undefined) return;
    this.tally.seen += 1;
    // A snapshot shows what came while the dispatcher was away: that is no delay of the server.
    if (isFromSnapshot) return;
    this.delays.record(delayMs);
    this.recentDelays.record(delayMs);
  }
}
