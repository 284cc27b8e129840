import {
  type TripDriverLocation,
  type TripFact,
  type TripSnapshot,
  type TripView,
} from '#libs/contracts/browser';
import { Book, type Page } from '../book.js';
import { type Ask, type LinkPart, type RequestOptions } from '../link.js';
import { type Result } from '../result.js';
import { applyFact } from './apply-fact.js';

export interface TripState extends Page {
  tripId: string;
  /** Null until it is known, and when there is no such trip for this person. */
  trip: TripView | null;
  /** Where the driver is; null before the acceptance and after the end. */
  location: TripDriverLocation | null;
}

/** The server takes no more in `auth.trips`. */
const NAMED_TRIPS = 20;

/**
 * The trips of a namespace: what is known of each, and from which event on the server is to go on
 * after a return.
 */
export class TripBook extends Book<TripState, TripFact> implements LinkPart {
  readonly #ask: Ask;
  readonly #isDispatcher: boolean;

  /**
   * @param ask reaches the server as soon as it can be reached
   * @param isDispatcher is told of all trips, and joins those that are watched
   */
  constructor(ask: Ask, isDispatcher: boolean) {
    super(
      (tripId) => ({ tripId, trip: null, version: 0, location: null, missed: null }),
      'trips',
      NAMED_TRIPS,
    );
    this.#ask = ask;
    this.#isDispatcher = isDispatcher;
  }

  /** The trip under way that was heard of last; null for none. */
  current(): TripState | null {
    return this.all().findLast(({ trip }) => trip && !isOver(trip)) ?? null;
  }

  receive(event: string, payload: unknown): void {
    if (!/^(admin:)?trip:/.test(event)) return;
    const { tripId } = payload as { tripId: string };
    if (this.#isDispatcher && !this.has(tripId)) return;
    if (event === 'trip:snapshot') this.#show(payload as TripSnapshot);
    else if (event === 'trip:driver_location')
      this.put(tripId, { location: payload as TripDriverLocation });
    else this.#hear(event, payload as TripFact);
  }

  /** What was missed comes before the answer to whatever is asked now. */
  async resume(ask: Ask): Promise<void> {
    const named = Object.keys(this.report());
    if (this.#isDispatcher) await Promise.all(named.map((tripId) => this.#join(tripId, ask)));
    else if (named[0]) {
      await ask('trip:resume', { tripId: named[0], version: this.look(named[0]).version });
    }
    this.resumed();
  }

  /** An answer may have a trip in it. Events that come before it and after that state are not forgotten. */
  learn(data: unknown): void {
    const { tripId, passengerId, version } = (data ?? {}) as Partial<TripView>;
    if (!tripId || !passengerId || (this.#isDispatcher && !this.has(tripId))) return;
    if (version! < (this.look(tripId).trip?.version ?? 0)) return;
    let trip = data as TripView;
    for (const { event, fact } of this.takeEarly(tripId))
      if (fact.version > trip.version) trip = applyFact(trip, event, fact);
    this.put(tripId, { trip });
  }

  protected override isNamed({ trip, version, missed }: TripState): boolean {
    return trip ? !isOver(trip) : version > 0 && missed !== 'gone';
  }

  protected override async begin(
    tripId: string,
    options: RequestOptions,
  ): Promise<Result<unknown> | undefined> {
    if (this.#isDispatcher) return this.#join(tripId, this.#ask, options);
    if (this.look(tripId).trip) return undefined;
    return this.note(tripId, await this.#ask('trip:resume', { tripId }, options));
  }

  protected override end(tripId: string): void {
    if (!this.#isDispatcher) return;
    this.forget(tripId);
    void this.#ask('admin:trip:leave', { tripId });
  }

  async #join(tripId: string, ask: Ask, options?: RequestOptions): Promise<Result<unknown>> {
    const { version } = this.look(tripId);
    const answer = await ask('admin:trip:join', { tripId, version: version || null }, options);
    this.learn(answer.ok && answer.data);
    const { trip, version: heard } = this.look(tripId);
    // Whoever named no event is told what comes after this state.
    if (trip && !heard) this.put(tripId, { version: trip.version });
    return this.note(tripId, answer);
  }

  #show({ tripId, trip, version, reason }: TripSnapshot): void {
    if (reason !== 'connected') this.lack(tripId, reason === 'trip_gone' ? 'gone' : 'some');
    this.takeEarly(tripId);
    this.put(tripId, { trip, version, ...((!trip || isOver(trip)) && { location: null }) });
  }

  #hear(event: string, fact: TripFact): void {
    const { tripId, version } = fact as Partial<TripFact> & { tripId: string };
    // The minutes are told anew without a number.
    if (version === undefined) return;
    const { trip, version: known, location } = this.look(tripId);
    if (!trip) this.keepEarly(tripId, { event, fact });
    // An answer may have shown a newer state than this event.
    const shown = trip && version > trip.version ? applyFact(trip, event, fact) : trip;
    this.put(tripId, {
      trip: shown,
      version: Math.max(version, known),
      location: shown?.driverId && !isOver(shown) ? location : null,
    });
  }
}

/** Nothing follows these. */
function isOver({ status }: TripView): boolean {
  return status === 'completed' || status === 'cancelled';
}
