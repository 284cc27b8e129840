import { Injectable } from '@nestjs/common';
import { ID_PATTERN, TERMINAL_TRIP_STATUSES, TripParty, type TripActor } from '#libs/contracts';
import { TripRulesProvider } from './machine/trip-rules.js';
import { TripListsStore, type RequestPeriod, type TripList } from './store/trip-lists.store.js';
import { type TripRecord } from './store/trip-record.js';
import { fits, isStuck, isWholeList, type TripSearch } from './store/trip-search.js';
import { TripClock } from './timers/trip-clock.js';
import { isOver } from './trip-view.js';
import { TripsService } from './trips.service.js';

/** Trips that one search of a dispatcher reads at most. */
export const DISPATCHER_READS = 1_000;
/** Trips that a passenger's or driver's look at its own history reads at most. */
const OWN_READS = 200;
/** Read and parsed together, so that other work gets its turn in between. */
const BATCH = 100;
/** By so much the clocks of two instances may differ. */
const CLOCK_SLACK_MS = 10;

export interface TripPageQuery {
  /** The first is 1. */
  page: number;
  limit: number;
  /** `asOf` of the first page, epoch ms: what came later is left out, so that no page shifts. */
  asOf?: number | undefined;
}

export interface TripPage {
  trips: TripRecord[];
  /** All that fit, of those that were looked at. */
  total: number;
  /** False when there were more trips than one request looks at. */
  isComplete: boolean;
  /** To look at the others: search again up to this time of request (from it, if oldest first), epoch ms. */
  continueAt: number | null;
  /** Names this state of the list for the pages that follow, epoch ms. */
  asOf: number;
}

/** Finds trips, at a bounded cost for each request. */
@Injectable()
export class TripQueries {
  constructor(
    private readonly trips: TripsService,
    private readonly lists: TripListsStore,
    private readonly rules: TripRulesProvider,
    private readonly clock: TripClock,
  ) {}

  /** Newest request first; those that are stuck oldest first. Reads DISPATCHER_READS at most. */
  async search(asked: TripSearch, wanted: TripPageQuery): Promise<TripPage> {
    const search = requestedBy(asked, wanted.asOf);
    const { text } = search;
    const named = text !== undefined && ID_PATTERN.test(text) ? await this.trips.find(text) : null;
    if (named) {
      const found = this.filter([named], search).filter(isWithin(periodOf(search)));
      return this.pageOf(found, wanted, { isComplete: true, continueAt: null });
    }
    const { list, size } = await this.narrowest(search);
    if (list.of !== 'person' && isWholeList(search, list.of)) {
      return this.readPage(list, size, search, wanted);
    }
    return this.scan(list, size, search, wanted, DISPATCHER_READS);
  }

  /** The trips of a passenger or a driver that are over, newest request first. */
  async history(by: TripActor, wanted: TripPageQuery): Promise<TripPage> {
    const personId = by.id ?? '';
    const list: TripList = { of: 'person', personId };
    const search: TripSearch = {
      onlyOver: true,
      endedTo: wanted.asOf,
      ...(by.kind === TripParty.driver ? { driverId: personId } : { passengerId: personId }),
    };
    const [size = 0] = await this.lists.count([list], periodOf(search));
    return this.scan(list, size, search, wanted, OWN_READS);
  }

  /** The trip that a passenger or a driver is on, if any. */
  async activeOf(kind: TripParty, personId: string): Promise<TripRecord | null> {
    if (kind !== TripParty.driver) return this.trips.activeOf(personId);
    const trip = await this.trips.ofDriver(personId);
    return trip?.driverId === personId && !isOver(trip) ? trip : null;
  }

  isStuck(trip: TripRecord): boolean {
    return isStuck(trip, this.rules.value, this.clock.now());
  }

  /** The list that has the fewest trips of the period, of those that have all that can fit. */
  private async narrowest(search: TripSearch): Promise<{ list: TripList; size: number }> {
    const { passengerId, driverId, status, onlyActive, onlyStuck, text } = search;
    const people = [passengerId, driverId].filter((id) => id !== undefined);
    const lists: TripList[] = people.map((personId) => ({ of: 'person', personId }));
    const isLive = status !== undefined && !TERMINAL_TRIP_STATUSES.includes(status);
    lists.push({ of: onlyActive || onlyStuck || isLive ? 'active' : 'all' });
    const person: TripList | null =
      text !== undefined && ID_PATTERN.test(text) ? { of: 'person', personId: text } : null;
    if (person) lists.push(person);
    const sizes = await this.lists.count(lists, periodOf(search));
    const sized = lists.map((list, i) => ({ list, size: sizes[i]! }));
    // A text that is nobody's id may still be part of another trip's words.
    const usable = sized.filter(({ list, size }) => list !== person || size > 0);
    const wholeId = usable.find(({ list }) => list === person);
    return wholeId ?? usable.reduce((best, each) => (each.size < best.size ? each : best));
  }

  private async readPage(
    list: TripList,
    size: number,
    search: TripSearch,
    { page, limit, asOf }: TripPageQuery,
  ): Promise<TripPage> {
    const offset = (page - 1) * limit;
    const ids =
      offset >= size
        ? []
        : await this.lists.ids(list, periodOf(search), { offset, limit, oldestFirst: false });
    const trips = await this.lists.records(ids);
    const reach = { isComplete: true, continueAt: null };
    return { trips, total: size, ...reach, asOf: asOf ?? this.stateOf(trips) };
  }

  private async scan(
    list: TripList,
    size: number,
    search: TripSearch,
    wanted: TripPageQuery,
    most: number,
  ): Promise<TripPage> {
    const oldestFirst = search.onlyStuck ?? false;
    const ids = await this.lists.ids(list, periodOf(search), {
      offset: 0,
      limit: most,
      oldestFirst,
    });
    const found: TripRecord[] = [];
    let last: TripRecord | undefined;
    for (let first = 0; first < ids.length; first += BATCH) {
      const records = await this.lists.records(ids.slice(first, first + BATCH));
      last = records.at(-1) ?? last;
      found.push(...this.filter(records, search));
    }
    const isComplete = size <= most;
    return this.pageOf(found, wanted, {
      isComplete,
      continueAt: isComplete ? null : (last?.requestedAt ?? null),
    });
  }

  private pageOf(
    found: readonly TripRecord[],
    { page, limit, asOf }: TripPageQuery,
    reach: Pick<TripPage, 'isComplete' | 'continueAt'>,
  ): TripPage {
    const first = (page - 1) * limit;
    const trips = found.slice(first, first + limit);
    return { trips, total: found.length, ...reach, asOf: asOf ?? this.stateOf(found) };
  }

  /**
   * A little before now, as clocks of instances differ a little: what was not found and is that old
   * never comes. Never before what was found.
   */
  private stateOf(trips: readonly TripRecord[]): number {
    const times = trips.flatMap(({ requestedAt, endedAt }) => [requestedAt, endedAt]);
    const earliest = Math.floor(this.clock.now()) - CLOCK_SLACK_MS;
    return times.reduce((latest, time) => Math.max(latest, time), earliest);
  }

  private filter(records: readonly TripRecord[], search: TripSearch): TripRecord[] {
    const now = this.clock.now();
    return records.filter((trip) => fits(trip, search, this.rules.value, now));
  }
}

/** What was requested after the first page was read would shift those that follow. */
function requestedBy(search: TripSearch, asOf: number | undefined): TripSearch {
  if (asOf === undefined) return search;
  return { ...search, requestedTo: Math.min(search.requestedTo ?? asOf, asOf) };
}

function periodOf({ requestedFrom, requestedTo }: TripSearch): RequestPeriod {
  return { from: requestedFrom ?? 0, to: requestedTo ?? Number.MAX_SAFE_INTEGER };
}

function isWithin({ from, to }: RequestPeriod): (trip: TripRecord) => boolean {
  return ({ requestedAt }) => requestedAt >= from && requestedAt <= to;
}
