/** Which fact may follow which: anything else means that one between them is missing. */
const AFTER: Readonly<Record<string, readonly string[]>> = {
  'trip:requested': ['trip:assigning_started', 'trip:cancelled'],
  'trip:assigning_started': ['trip:driver_accepted', 'trip:no_drivers_found', 'trip:cancelled'],
  'trip:driver_accepted': ['trip:driver_assigned'],
  'trip:driver_assigned': ['trip:arriving_started', 'trip:driver_lost', 'trip:cancelled'],
  'trip:arriving_started': ['trip:driver_en_route'],
  'trip:driver_en_route': ['trip:driver_arrived_pickup', 'trip:driver_lost', 'trip:cancelled'],
  'trip:driver_arrived_pickup': [
    'trip:waiting_surcharge_applied',
    'trip:started',
    'trip:driver_lost',
    'trip:cancelled',
  ],
  'trip:waiting_surcharge_applied': [
    'trip:waiting_surcharge_applied',
    'trip:started',
    'trip:driver_lost',
    'trip:cancelled',
  ],
  'trip:started': ['trip:driver_lost', 'trip:completed', 'trip:cancelled'],
  'trip:driver_lost': [
    'trip:assigning_started',
    'trip:driver_returned',
    'trip:completed',
    'trip:cancelled',
  ],
  'trip:driver_returned': ['trip:driver_lost', 'trip:completed', 'trip:cancelled'],
  'trip:completed': [],
  'trip:cancelled': [],
  'trip:no_drivers_found': [],
};
const LAST = new Set<string>(['trip:completed', 'trip:cancelled', 'trip:no_drivers_found']);

/** The facts of one trip that one passenger got. */
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
    const allowed =
      this.version === 0 ? ['trip:requested'] : this.last ? AFTER[this.last] : undefined;
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
