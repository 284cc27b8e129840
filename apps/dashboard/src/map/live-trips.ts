import { TERMINAL_TRIP_STATUSES, type TripView } from '#libs/contracts/browser';
import { ask } from '../session/rest.js';
import { type Dispatch, type TripNews } from '../shell/dispatch.js';

const PAGE = 100;
/** A dispatcher's map has no use for more lines. */
const MOST_PAGES = 10;
/** Many requests come in a second: the newest are read once for all of them. */
const READ_AFTER_MS = 600;
const RETRY_AFTER_MS = 3_000;
/** Facts about drivers who were asked; theirs is not the trip. */
const OF_ASKED_DRIVERS = /assignment|offer/;

/** The trips that are not over, kept up to date by what is told of each. */
export class LiveTrips {
  readonly trips = new Map<string, TripView>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isStopped = false;
  private readonly end: () => void;

  /** @param changed called after each change */
  constructor(
    dispatch: Dispatch,
    private readonly changed: () => void,
  ) {
    this.end = dispatch.onTripNews((tripId, news) => this.hear(tripId, news));
    void this.readAll();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.end();
  }

  private hear(tripId: string | undefined, news: TripNews | undefined): void {
    if (!tripId || !news) return this.readSoon(() => this.readAll());
    const known = this.trips.get(tripId);
    const next = known && after(known, news);
    if (!known) {
      if (news.status && !isOver(news.status)) this.readSoon(() => this.readNewest());
      return;
    }
    if (next && !isOver(next.status)) this.trips.set(tripId, next);
    else this.trips.delete(tripId);
    this.changed();
  }

  private readSoon(read: () => Promise<void>, afterMs = READ_AFTER_MS): void {
    if (this.isStopped) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void read();
    }, afterMs);
  }

  /** One that was requested just now is on the first page. */
  private async readNewest(): Promise<void> {
    try {
      const { data } = await ask<TripView[]>('GET', 'admin/trips', {
        query: { onlyActive: true, limit: PAGE },
      });
      this.learn(data);
    } catch {
      this.readSoon(() => this.readAll(), RETRY_AFTER_MS);
    }
  }

  private async readAll(): Promise<void> {
    try {
      // What is requested while this reads is not among what it reads.
      const before = [...this.trips.keys()];
      const active = new Set<string>();
      let asOf: number | undefined;
      for (let page = 1; page <= MOST_PAGES; page += 1) {
        const { data, meta } = await ask<TripView[]>('GET', 'admin/trips', {
          query: { onlyActive: true, limit: PAGE, page, ...(asOf ? { asOf } : {}) },
        });
        asOf = meta.asOf;
        for (const { id } of data) active.add(id);
        this.learn(data);
        if (!meta.hasNext) break;
      }
      if (this.isStopped) return;
      for (const id of before) if (!active.has(id)) this.trips.delete(id);
      this.changed();
    } catch {
      this.readSoon(() => this.readAll(), RETRY_AFTER_MS);
    }
  }

  private learn(read: readonly TripView[]): void {
    if (this.isStopped) return;
    for (const trip of read) {
      const known = this.trips.get(trip.id);
      // What was told while it was read is newer.
      if (!known || known.version <= trip.version) this.trips.set(trip.id, trip);
    }
    this.changed();
  }
}

/** The trip as the news make it, as far as a map shows it; older news change nothing. */
function after(trip: TripView, { event, status, driverId, version }: TripNews): TripView {
  if (!status || (version !== undefined && version < trip.version)) return trip;
  const isAssigned = status !== 'pending' && status !== 'assigning';
  const driver = OF_ASKED_DRIVERS.test(event) ? undefined : driverId;
  return {
    ...trip,
    status,
    version: version ?? trip.version,
    driverId: isAssigned ? (driver ?? trip.driverId) : null,
  };
}

function isOver(status: TripView['status']): boolean {
  return TERMINAL_TRIP_STATUSES.includes(status);
}
