import { DelayHistogram } from '#libs/observability';

/** What became of the trips since the start, by the facts that their passengers got. */
export class TripTally {
  requested = 0;
  matched = 0;
  completed = 0;
  cancelled = 0;
  withoutDriver = 0;
  rejected = 0;
  ignored = 0;
  /** Times that a passenger was out of reach during a trip. */
  absences = 0;
  /** From the request to the driver who takes it, ms. */
  readonly matching = new DelayHistogram();
  /** What passengers did not get once and in order, with how often. */
  readonly violations = new Map<string, number>();
  /** Trips whose passengers have not heard of an end. Those of visitors are heard of elsewhere. */
  private readonly awaited = new Set<string>();
  /** Those among them that drivers have completed. */
  private readonly droppedOff = new Set<string>();

  /** A simulated passenger has requested it. */
  request(tripId: string): void {
    this.requested += 1;
    this.awaited.add(tripId);
  }

  /** Its driver has completed it: its passenger must hear of that. */
  dropOff(tripId: string): void {
    if (this.awaited.has(tripId)) this.droppedOff.add(tripId);
  }

  /** Its passenger has heard of its end. */
  end(tripId: string): void {
    this.awaited.delete(tripId);
    this.droppedOff.delete(tripId);
  }

  get underWay(): number {
    return this.requested - this.completed - this.cancelled - this.withoutDriver;
  }

  /** Ends of trips that the passengers have not heard of. */
  get unheardEnds(): number {
    return this.droppedOff.size;
  }

  violate(what: string): void {
    this.violations.set(what, (this.violations.get(what) ?? 0) + 1);
  }
}
