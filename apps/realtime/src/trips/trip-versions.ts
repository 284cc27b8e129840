/** Trips that are remembered; one more forgets the one that has been quiet for longest. */
const REMEMBERED_TRIPS = 20_000;

interface NewestEvent {
  version: number;
  /** Epoch ms of Redis. */
  at: number;
}

/** The newest event of each trip that has happened, for a bounded number of trips. */
export class TripVersions {
  private readonly newest = new Map<string, NewestEvent>();
  private knownSince = 0;

  constructor(private readonly limit = REMEMBERED_TRIPS) {}

  /** @param knownSince trips that began before need not be noted to count as known; epoch ms of Redis */
  begin(knownSince: number): void {
    this.newest.clear();
    this.knownSince = knownSince;
  }

  note(tripId: string, { version, at }: NewestEvent): void {
    this.newest.delete(tripId);
    this.newest.set(tripId, { version, at });
    if (this.newest.size <= this.limit) return;
    const [forgotten, { at: quietSince }] = this.newest.entries().next().value!;
    this.newest.delete(forgotten);
    // It began before that, and must not be taken for a new one when it goes on.
    this.knownSince = Math.max(this.knownSince, quietSince);
  }

  /** The newest event of a trip; 0 for none. */
  of(tripId: string): number {
    return this.newest.get(tripId)?.version ?? 0;
  }

  /** Whether all that happened after `of` is news. @param first the first event that is kept of it */
  isFollowed(tripId: string, first: NewestEvent | undefined): boolean {
    if (this.newest.has(tripId)) return true;
    return first?.version === 1 && first.at > this.knownSince;
  }

  ids(): string[] {
    return [...this.newest.keys()];
  }
}
