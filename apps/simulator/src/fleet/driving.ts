import { type DriverClient } from '../clients/driver-client.js';
import { type Drive } from '../drives/drive.js';
import { type MeasuredFix, type PlaceOnTheWay } from '../drives/fix-source.js';
import { type Point } from '../drives/geography.js';
import { type GpsReceiver } from '../drives/gps-receiver.js';
import { type DriverPlan } from '../plan/driver-plan.js';
import { TroubleKind, type Trouble } from '../plan/phone-troubles.js';
import { type Duty } from '../plan/shifts.js';
import { type Car } from '../rides/chauffeur.js';

/** With a passenger in the car the phone is soon in reach again: the trip must end. */
const LONGEST_TROUBLE_ON_TRIP_MS = 15_000;
/** Measures nothing. */
const BLIND: ReadonlySet<TroubleKind> = new Set([
  TroubleKind.asleep,
  TroubleKind.silent,
  TroubleKind.frozen,
  TroubleKind.emptyBattery,
]);
/** The phone loses its connection, or may. */
const CUT: ReadonlySet<TroubleKind> = new Set([
  TroubleKind.noNetwork,
  TroubleKind.asleep,
  TroubleKind.frozen,
  TroubleKind.emptyBattery,
]);

export interface DrivingEvents {
  onTrouble: (begun: BegunTrouble) => void;
  onTroubleEnd: (kind: TroubleKind) => void;
  /** The car drives into a tunnel. */
  onTunnel: () => void;
}

export interface BegunTrouble {
  kind: TroubleKind;
  /** The phone loses its connection by it, or may. */
  isCut: boolean;
  isOnDuty: boolean;
}

/** A car on its way, the phone in it, and what happens to the two by the plan of their driver. */
export class Driving implements Car {
  /** The last position that the server took. */
  private believed: MeasuredFix | undefined;
  private isOnErrand = false;
  private isPlannedOnDuty = false;
  private onDuty = false;
  private hasBegun = false;
  private trouble: TroubleKind | undefined;
  private isInTunnel = false;
  private readonly startedAt: number;
  private fixTimer: NodeJS.Timeout | undefined;
  private dutyTimer: NodeJS.Timeout | undefined;
  private troubleTimer: NodeJS.Timeout | undefined;

  /** @param gps without one everything is as it was recorded */
  constructor(
    private readonly client: DriverClient,
    private readonly source: Drive,
    private readonly gps: GpsReceiver | undefined,
    private readonly plan: DriverPlan,
    private readonly events: DrivingEvents,
    startedAt: number,
  ) {
    this.startedAt = startedAt;
  }

  start(): void {
    this.schedule(this.source.next());
    this.followShifts(this.plan.shifts());
    this.followTroubles(this.plan.troubles());
  }

  stop(): void {
    for (const timer of [this.fixTimer, this.dutyTimer, this.troubleTimer]) clearTimeout(timer);
  }

  /** Where the server knows the car to be while it may be sent somewhere. */
  get freePlace(): Point | undefined {
    return this.isOnErrand || !this.onDuty || this.trouble ? undefined : this.believed;
  }

  get isOnBreak(): boolean {
    return this.hasBegun && !this.onDuty;
  }

  /** On a trip, or on the way back from one. */
  get isAway(): boolean {
    return this.source.isAway;
  }

  believe(fix: MeasuredFix): void {
    if (fix.timestamp >= (this.believed?.timestamp ?? 0)) this.believed = fix;
  }

  driveTo(place: Point, speedMps: number): number {
    this.isOnErrand = true;
    // Whoever takes an offer looks at the app, and no battery saver holds it back then.
    if (this.trouble === TroubleKind.silent) this.end(this.trouble);
    const from = this.believed && { lat: this.believed.lat, lng: this.believed.lng };
    const durationMs = this.source.driveTo(place, speedMps, Date.now(), from);
    this.replan();
    return durationMs;
  }

  letGo(): void {
    this.isOnErrand = false;
    this.source.letGo(Date.now());
    this.replan();
    this.changeDuty();
  }

  private replan(): void {
    clearTimeout(this.fixTimer);
    this.schedule(this.source.next());
  }

  private schedule(fix: PlaceOnTheWay): void {
    this.fixTimer = setTimeout(
      () => {
        this.measure(measuredBy(Date.now(), fix));
        this.schedule(this.source.next());
      },
      Math.max(0, fix.timestamp - Date.now()),
    );
  }

  private measure({ isCovered = false, ...fix }: PlaceOnTheWay): void {
    const wasInTunnel = this.isInTunnel;
    this.isInTunnel = isCovered;
    if (!this.onDuty || (this.trouble && BLIND.has(this.trouble))) return;
    // What was recorded was measured.
    if (isCovered && this.gps) {
      this.gps.lose();
      if (!wasInTunnel) this.events.onTunnel();
      return;
    }
    this.client.measure(this.gps?.measure(fix, this.trouble === TroubleKind.frozenGps) ?? fix);
  }

  /** What has passed already before the driver came counts at once. */
  private followShifts(shifts: Generator<Duty, void>): void {
    const next = shifts.next();
    if (next.done) return;
    this.dutyTimer = this.at(next.value.atMs, () => {
      this.isPlannedOnDuty = next.value.isOnDuty;
      this.hasBegun = true;
      this.changeDuty();
      this.followShifts(shifts);
    });
  }

  /** A trip is driven to its end first. */
  private changeDuty(): void {
    if (this.isOnErrand || this.onDuty === this.isPlannedOnDuty) return;
    this.onDuty = this.isPlannedOnDuty;
    this.client.work(this.onDuty);
  }

  private followTroubles(troubles: Generator<Trouble, void>): void {
    const next = troubles.next();
    if (next.done) return;
    const { atMs, kind, durationMs } = next.value;
    // Those of before it came have passed.
    if (this.startedAt + atMs + durationMs < Date.now()) {
      this.followTroubles(troubles);
      return;
    }
    this.troubleTimer = this.at(atMs, () => {
      this.begin(kind);
      const lastsMs = this.isOnErrand
        ? Math.min(durationMs, LONGEST_TROUBLE_ON_TRIP_MS)
        : durationMs;
      this.troubleTimer = setTimeout(() => {
        if (this.trouble === kind) this.end(kind);
        this.followTroubles(troubles);
      }, lastsMs);
    });
  }

  private begin(kind: TroubleKind): void {
    this.trouble = kind;
    const isCut = CUT.has(kind);
    this.events.onTrouble({ kind, isCut, isOnDuty: this.onDuty });
    if (kind === TroubleKind.emptyBattery) this.client.die();
    else if (kind === TroubleKind.frozen) this.client.freeze();
    else if (isCut) this.client.fallSilent();
  }

  private end(kind: TroubleKind): void {
    this.trouble = undefined;
    this.events.onTroubleEnd(kind);
    if (kind === TroubleKind.frozen) this.client.thaw();
    else if (CUT.has(kind)) void this.client.comeBack();
  }

  private at(ms: number, action: () => void): NodeJS.Timeout {
    return setTimeout(action, Math.max(0, this.startedAt + ms - Date.now()));
  }
}

/**
 * A timer may fire a millisecond early, and no phone measures the future: the server would take its
 * clock for one that is ahead, and correct the times by which the demo knows its fixes again.
 */
export function measuredBy<F extends MeasuredFix>(now: number, fix: F): F {
  return fix.timestamp > now ? { ...fix, timestamp: now } : fix;
}
