import { DelayHistogram } from '#libs/observability';

/** What became of the trips since the start, by the facts that their passengers got. */
export class TripTally {
  requested = 0;
  matched = 0;
  completed = 0;
  cancelled = 0;
  withoutDriver = 0;
  /** Completed by drivers: their passengers must hear of each. */
  droppedOff = 0;
  rejected = 0;
  ignored = 0;
  /** Times that a passenger was out of reach during a trip. */
  absences = 0;
  /** From the request to the driver who takes it, ms. */
  readonly matching = new DelayHistogram();
  /** What passengers did not get once and in order, with how often. */
  readonly violations = new Map<string, number>();

  get underWay(): number {
    return this.requested - this.completed - this.cancelled - this.withoutDriver;
  }

  /** Ends of trips that the passengers have not heard of. */
  get unheardEnds(): number {
    return Math.max(0, this.droppedOff - this.completed);
  }

  violate(what: string): void {
    this.violations.set(what, (this.violations.get(what) ?? 0) + 1);
  }
}
