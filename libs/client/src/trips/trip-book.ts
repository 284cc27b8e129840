import {
  type TripDriverLocation,
  type TripFact,
  type TripSnapshot,
  type TripView,
} from '#libs/contracts/browser';
import { type Ask, type LinkPart } from '../link.js';
import { Store } from '../store.js';
import { applyFact } from './apply-fact.js';

/** What a return brought of a trip. */
export const Missed = {
  /** Everything that happened meanwhile was told, once and in order. */
  nothing: 'nothing',
  /** Some of it is not kept any more: the state is right, the way there is unknown. */
  some: 'some',
  /** The trip is not kept any more, or not this person's. */
  gone: 'gone',
} as const;
export type Missed = (typeof Missed)[keyof typeof Missed];

export interface TripState {
  tripId: string;
  /** Null until it is known, and when there is no such trip for this person. */
  trip: TripView | null;
  /** Of the newest event that was heard; 0 for none. */
  version: number;
  /** Where the driver is; null before the acceptance and after the end. */
  location: TripDriverLocation | null;
  /** What the last return brought; null before the first one. */
  missed: Missed | null;
}

interface Entry {
  state: Store<TripState>;
  watchers: number;
}

/** The server takes no more in `auth.trips`. */
const NAMED_TRIPS = 20;
/** Nothing follows these. */
const OVER: ReadonlySet<string> = new Set(['completed', 'cancelled']);

/**
 * The trips of a namespace: what is known of each, and from which event on the server is to go on
 * after a return.
 */
export class TripBook implements LinkPart {
  readonly #entries = new Map<string, Entry>();
  /** Named to the server on this connection, and what came of it. */
  #named = new Map<string, Missed>();

  /**
   * @param ask reaches the server as soon as it can be reached
   * @param isDispatcher is told of all trips, and joins those that are watched
   */ readonly #ask: Ask;
  readonly #isDispatcher: boolean;

  constructor(ask: Ask, isDispatcher: boolean) {
    this.#ask = ask;
    this.#isDispatcher = isDispatcher;
  }

  /** What is known of a trip now. */
  look(tripId: string): TripState {
    return this.#entries.get(tripId)?.state.get() ?? unknown(tripId);
  }

  /** The trip under way that was heard of last; null for none. */
  current(): TripState | null {
    const states = [...this.#entries.values()].map(({ state }) => state.get());
    return states.findLast(({ trip }) => trip !== null && !isOver(trip)) ?? null;
  }

  /** Follows a trip; asks for it if nothing is known of it. @returns what ends it */
  watch(tripId: string, listener: () => void): () => void {
    const entry = this.#entryOf(tripId);
    const end = entry.state.subscribe(listener);
    entry.watchers += 1;
    if (entry.watchers === 1 && (this.#isDispatcher || entry.state.get().trip === null))
      void this.#fetch(tripId);
    return () => {
      end();
      entry.watchers -= 1;
      if (entry.watchers > 0 || !this.#isDispatcher) return;
      this.#entries.delete(tripId);
      void this.#ask('admin:trip:leave', { tripId });
    };
  }

  auth(): Record<string, unknown> {
    const open = [...this.#entries.values()]
      .map(({ state }) => state.get())
      .filter(({ trip, version, missed }) =>
        trip ? !isOver(trip) : version > 0 && missed !== Missed.gone,
      )
      .slice(-NAMED_TRIPS);
    this.#named = new Map(open.map(({ tripId }) => [tripId, Missed.nothing]));
    if (open.length === 0) return {};
    return { trips: Object.fromEntries(open.map(({ tripId, version }) => [tripId, version])) };
  }

  receive(event: string, payload: unknown): void {
    if (!/^(?:admin:)?trip:/.test(event)) return;
    const { tripId } = payload as { tripId: string };
    if (event === 'trip:snapshot') return this.#show(payload as TripSnapshot);
    const entry = this.#isDispatcher ? this.#entries.get(tripId) : this.#entryOf(tripId);
    if (!entry) return;
    if (event === 'trip:driver_location')
      this.#change(tripId, { location: payload as TripDriverLocation });
    else this.#hear(event, payload as Partial<TripFact> & { tripId: string });
  }

  /** What was missed comes before the answer to whatever is asked now. */
  async resume(ask: Ask): Promise<void> {
    const [first] = this.#named.keys();
    if (first === undefined) return;
    if (this.#isDispatcher) {
      await Promise.all(
        [...this.#named.keys()].map(async (tripId) =>
          this.#joined(await ask(...this.#joining(tripId))),
        ),
      );
    } else await ask('trip:resume', { tripId: first, version: this.look(first).version });
    for (const [tripId, missed] of this.#named) this.#change(tripId, { missed });
  }

  /** What became of each trip that was named on the last return. */
  report(): Record<string, Missed> {
    return Object.fromEntries(this.#named);
  }

  /** An answer may have a trip in it: it is shown before its events come. */
  learn(data: unknown): void {
    const trip = data as TripView | undefined;
    if (trip?.passengerId === undefined || trip.tripId === undefined) return;
    if (!this.#isDispatcher) this.#entryOf(trip.tripId);
    if (trip.version >= (this.look(trip.tripId).trip?.version ?? 0))
      this.#change(trip.tripId, { trip });
  }

  async #fetch(tripId: string): Promise<void> {
    if (this.#isDispatcher) return this.#joined(await this.#ask(...this.#joining(tripId)));
    const answer = await this.#ask('trip:resume', { tripId });
    if (!answer.ok && answer.error.code === 'NOT_FOUND') this.#change(tripId, { missed: 'gone' });
  }

  #joining(tripId: string): [event: string, payload: object] {
    const { version } = this.look(tripId);
    return ['admin:trip:join', version === 0 ? { tripId } : { tripId, version }];
  }

  #joined(answer: { ok: boolean; data?: unknown }): void {
    if (!answer.ok) return;
    this.learn(answer.data);
    const { tripId, version } = answer.data as TripView;
    // Whoever named no event is told what comes after this state.
    if (this.look(tripId).version === 0) this.#change(tripId, { version });
  }

  #show({ tripId, trip, version, reason }: TripSnapshot): void {
    if (this.#isDispatcher && !this.#entries.has(tripId)) return;
    this.#entryOf(tripId);
    if (reason !== 'connected' && this.#named.has(tripId))
      this.#named.set(tripId, reason === 'trip_gone' ? Missed.gone : Missed.some);
    this.#change(tripId, { trip, version, ...(trip && !isOver(trip) ? {} : { location: null }) });
  }

  #hear(event: string, fact: Partial<TripFact> & { tripId: string }): void {
    const { tripId, version } = fact;
    // The minutes are told anew without a number.
    if (version === undefined) return;
    const { trip, version: known, location } = this.look(tripId);
    // An answer may have shown a newer state than this event.
    const isNews = trip !== null && version > trip.version;
    const shown = isNews ? applyFact(trip, event, fact as TripFact) : trip;
    const hasDriver = shown !== null && shown.driverId !== null && !isOver(shown);
    this.#change(tripId, {
      trip: shown,
      version: Math.max(version, known),
      location: hasDriver ? location : null,
    });
  }

  #change(tripId: string, change: Partial<TripState>): void {
    const entry = this.#entries.get(tripId);
    entry?.state.set({ ...entry.state.get(), ...change });
  }

  #entryOf(tripId: string): Entry {
    const known = this.#entries.get(tripId);
    if (known) return known;
    const entry = { state: new Store(unknown(tripId)), watchers: 0 };
    this.#entries.set(tripId, entry);
    if (this.#entries.size > 2 * NAMED_TRIPS) this.#forgetOne();
    return entry;
  }

  /** The oldest that nobody watches. */
  #forgetOne(): void {
    for (const [tripId, { watchers }] of this.#entries) {
      if (watchers > 0) continue;
      this.#entries.delete(tripId);
      return;
    }
  }
}

function unknown(tripId: string): TripState {
  return { tripId, trip: null, version: 0, location: null, missed: null };
}

function isOver({ status }: TripView): boolean {
  return OVER.has(status);
}
