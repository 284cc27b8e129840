import { type DueTimer } from '../timers/trip-timer.js';
import { type TripHistoryEntry } from './trip-history.js';
import { type TripRecord } from './trip-record.js';

/** What happens to a driver in the same step; the script refuses the whole step when it cannot. */
export type DriverChange =
  /** Free for trips and without another open offer, else the step is refused. */
  | { op: 'offer'; driverId: string; assignmentId: string; until: number }
  | { op: 'withdraw'; driverId: string; assignmentId: string }
  /** Takes the trip; refused when the driver is on another one. */
  | { op: 'assign'; driverId: string }
  | { op: 'release'; driverId: string };

/**
 * Why a step is done: what was read of a driver before it. The step is refused where that is so no more,
 * e.g. since the instance stood still in between.
 */
export interface SeenLease {
  driverId: string;
  isLive: boolean;
}

/** The instance that writes the decision acts on it; others take over when it dies. */
export const AT_ONCE = 0;

export interface TimerChange extends DueTimer {
  /** Epoch ms; AT_ONCE; null takes it away. */
  at: number | null;
}

/** What a command makes of a trip: all of it is written in one step, or nothing. */
export interface TripDecision {
  /** The revision that this was decided on; 0 for a new trip. */
  from: number;
  trip: TripRecord;
  entries: TripHistoryEntry[];
  drivers: DriverChange[];
  timers: TimerChange[];
  /** By the clock of Redis the step is refused after this, epoch ms; 0 for no bound. */
  notAfter: number;
}
