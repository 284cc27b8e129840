/** What became of what people of trips said to each other. */
export class TalkTally {
  /** Trips whose people talked. */
  trips = 0;
  /** Acknowledged by the server. */
  said = 0;
  /** Acknowledged, and heard by the other one. */
  heard = 0;
  /** Said before the other one was there: it is in the history. */
  early = 0;
  /** Acknowledged, and never heard by somebody who was there all the time. */
  lost = 0;
  /** What came twice or out of order, with how often. */
  readonly violations = new Map<string, number>();

  violate(what: string): void {
    this.violations.set(what, (this.violations.get(what) ?? 0) + 1);
  }
}
