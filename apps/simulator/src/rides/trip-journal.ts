import { TripEventName } from '#libs/contracts';

const {
  requested,
  assigningStarted,
  driverAccepted,
  driverAssigned,
  noDriversFound,
  arrivingStarted,
  driverEnRoute,
  driverArrivedPickup,
  waitingSurchargeApplied,
  started,
  completed,
  cancelled,
  driverLost,
  driverReturned,
} = TripEventName;

/** What a passenger may be told after what: anything else means that something between is missing. */
const AFTER: Readonly<Record<string, readonly string[]>> = {
  [requested]: [assigningStarted, cancelled],
  [assigningStarted]: [driverAccepted, noDriversFound, cancelled],
  [driverAccepted]: [driverAssigned],
  [driverAssigned]: [arrivingStarted, driverLost, cancelled],
  [arrivingStarted]: [driverEnRoute],
  [driverEnRoute]: [driverArrivedPickup, driverLost, cancelled],
  [driverArrivedPickup]: [waitingSurchargeApplied, started, driverLost, cancelled],
  [waitingSurchargeApplied]: [waitingSurchargeApplied, started, driverLost, cancelled],
  [started]: [driverLost, completed, cancelled],
  [driverLost]: [assigningStarted, driverReturned, completed, cancelled],
  [driverReturned]: [driverLost, completed, cancelled],
  [completed]: [],
  [cancelled]: [],
  [noDriversFound]: [],
};
const LAST = new Set<string>([completed, cancelled, noDriversFound]);

/** What one passenger was told of one trip. */
export class TripJournal {
  private last: string | undefined;
  private version = 0;

  get isOver(): boolean {
    return this.last !== undefined && LAST.has(this.last);
  }

  /**
   * @param version none for an update of what was told, e.g. of the minutes: it is no event of the trip
   * @returns what is wrong with it: it came twice, late, or without what belongs before it
   */
  hear(event: string, version: number | undefined): string | undefined {
    if (version === undefined) return undefined;
    if (version <= this.version) return `${event} came again or late`;
    const allowed = this.version === 0 ? [requested] : this.last ? AFTER[this.last] : undefined;
    const before = this.last ?? 'the beginning';
    this.version = version;
    // Messages and the like may come at any time.
    if (AFTER[event] === undefined) return undefined;
    this.last = event;
    return allowed && !allowed.includes(event) ? `${event} came right after ${before}` : undefined;
  }

  /** The state of the trip in place of the events before it. */
  show(version: number): void {
    this.version = version;
    this.last = undefined;
  }
}
