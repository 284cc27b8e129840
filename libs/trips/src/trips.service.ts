import { Injectable } from '@nestjs/common';
import { RequestError } from '#libs/contracts';
import { decide } from './machine/decide.js';
import { TripMeasures } from './trip-measures.js';
import { tripNotFound } from './machine/refusals.js';
import { requestAndSearch } from './machine/requesting.js';
import { type NewTrip, type TripCommand } from './machine/trip-command.js';
import { TripRulesProvider } from './machine/trip-rules.js';
import { type SeenLease, type TripDecision } from './store/trip-decision.js';
import { type TripHistoryEntry } from './store/trip-history.js';
import { type TripRecord } from './store/trip-record.js';
import { TripsStore, type NamedRequest, type OpenOffer } from './store/trips.store.js';
import { TripClock } from './timers/trip-clock.js';
import { TripTimer } from './timers/trip-timer.js';
import { TripTimers } from './timers/trip-timers.js';
import { isOver, toTripView } from './trip-view.js';

/** Each lost round means that somebody else's step succeeded: more than this is not contention. */
const MAX_ROUNDS = 20;

export interface TripOutcome {
  trip: TripRecord;
  /** False when it had been done before. */
  changed: boolean;
  /** People whom the step spoke to and whose devices are connected nowhere. */
  unreached: string[];
}

/** Does things to trips: decides, writes in one step, and decides again when the trip has moved on. */
@Injectable()
export class TripsService {
  constructor(
    private readonly store: TripsStore,
    private readonly rules: TripRulesProvider,
    private readonly clock: TripClock,
    private readonly timers: TripTimers,
    private readonly measures: TripMeasures,
  ) {
    timers.register(TripTimer.stuck, (tripId) => this.noteStuck(tripId));
    timers.register(TripTimer.archive, (tripId) => this.archive(tripId));
  }

  /**
   * A new trip; the same one again for a request that comes again under its key.
   * @throws RequestError TRIP_ACTIVE, IDEMPOTENCY_KEY_REUSED, RATE_LIMITED
   */
  async request(request: NewTrip, named?: NamedRequest): Promise<TripOutcome> {
    const decision = requestAndSearch(request, this.moment());
    const result = await this.store.commit(decision, { request: named });
    switch (result.kind) {
      case 'committed':
        return this.done(decision, result.unreached);
      case 'known':
        if (result.fingerprint !== named?.fingerprint)
          throw new RequestError('IDEMPOTENCY_KEY_REUSED');
        return { trip: await this.get(result.tripId), changed: false, unreached: [] };
      case 'active':
        throw new RequestError('TRIP_ACTIVE', { details: { tripId: result.tripId } });
      case 'limited':
        throw new RequestError('RATE_LIMITED', {
          message: 'Too many trips were requested. Wait retryAfterMs, then request again.',
          retryAfterMs: result.retryAfterMs,
        });
      default:
        throw new RequestError('CONFLICT', { message: 'There is a trip with this id.' });
    }
  }

  /** @throws RequestError NOT_FOUND */
  async get(tripId: string): Promise<TripRecord> {
    const trip = await this.store.find(tripId);
    if (!trip) throw tripNotFound();
    return trip;
  }

  find(tripId: string): Promise<TripRecord | null> {
    return this.store.find(tripId);
  }

  /** The trip of a passenger that is not over, if any. */
  async activeOf(passengerId: string): Promise<TripRecord | null> {
    const tripId = await this.store.activeTripOf(passengerId);
    return tripId === null ? null : this.store.find(tripId);
  }

  /** The trip that a driver is on, if any. */
  async ofDriver(driverId: string): Promise<TripRecord | null> {
    const tripId = await this.store.tripOfDriver(driverId);
    return tripId === null ? null : this.store.find(tripId);
  }

  /** Trips that are not over, oldest first. */
  activeTripIds(): Promise<string[]> {
    return this.store.activeTripIds();
  }

  /** Ids of trips requested at a time or later, epoch ms, oldest first. */
  tripIdsSince(requestedAt: number): Promise<string[]> {
    return this.store.tripIdsSince(requestedAt);
  }

  /** Ids of a person's trips requested at a time or later, epoch ms, oldest first. */
  tripIdsOf(personId: string, requestedAt: number): Promise<string[]> {
    return this.store.tripIdsOf(personId, requestedAt);
  }

  /** The open offer of a driver; null for none. */
  openOfferOf(driverId: string): Promise<OpenOffer | null> {
    return this.store.openOfferOf(driverId);
  }

  /** The open offer of each driver; null for none. */
  openOffersOf(driverIds: readonly string[]): Promise<(OpenOffer | null)[]> {
    return this.store.openOffersOf(driverIds);
  }

  /** Entries after a version, in order; null when some of them are not kept any more. */
  historyAfter(tripId: string, version: number): Promise<TripHistoryEntry[] | null> {
    return this.store.historyAfter(tripId, version);
  }

  /** The number of the newest event of each trip; 0 for one that does not exist. */
  versionsOf(tripIds: readonly string[]): Promise<number[]> {
    return this.store.versionsOf(tripIds);
  }

  /** As `historyAfter`, but what is kept even when older entries are not. */
  keptHistory(tripId: string, version: number): Promise<TripHistoryEntry[]> {
    return this.store.keptHistory(tripId, version);
  }

  /**
   * @param of the id of the trip, or the trip as it was just read or written, which saves a read: one
   * that has changed since is read again
   * @param command or what to do by the state of the trip; null for nothing
   * @param seen what was read of a driver and led to the command: nothing is done where it is so no more
   * @throws RequestError NOT_FOUND, TRIP_STATUS_CONFLICT or one about the assignment
   */
  async apply(
    of: string | TripRecord,
    command: TripCommand | ((trip: TripRecord) => TripCommand | null),
    seen?: SeenLease,
  ): Promise<TripOutcome> {
    let trip = typeof of === 'string' ? await this.store.find(of) : of;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (!trip) throw tripNotFound();
      const chosen = typeof command === 'function' ? command(trip) : command;
      const decision = chosen && decide(trip, chosen, this.moment());
      if (!decision) return { trip, changed: false, unreached: [] };
      const result = await this.store.commit(decision, { seen });
      switch (result.kind) {
        case 'committed':
          return this.done(decision, result.unreached);
        case 'outdated':
          trip = result.trip;
          break;
        case 'unlike_seen':
          return { trip, changed: false, unreached: [] };
        case 'too_late':
          throw new RequestError('ASSIGNMENT_EXPIRED');
        case 'active':
          throw new RequestError('TRIP_ACTIVE', { details: { tripId: result.tripId } });
        case 'driver_taken':
          throw new DriverTakenError(result.driverId);
        default:
          throw new RequestError('CONFLICT');
      }
    }
    throw new RequestError('CONFLICT', { message: 'The trip changes too fast. Read it again.' });
  }

  /**
   * Reports a trip that has been in its status for too long to dispatchers.
   * @returns when to look again, epoch ms; null when there is nothing to look at
   */
  async noteStuck(tripId: string): Promise<number | null> {
    const trip = await this.store.find(tripId);
    const allowedMs = trip && this.rules.value.stuckAfterMs[trip.status];
    if (!trip || allowedMs === undefined || allowedMs === null) return null;
    const stuckAt = trip.statusSince + allowedMs;
    if (this.clock.now() < stuckAt) return stuckAt;
    await this.apply(trip, (current) =>
      current.statusSince === trip.statusSince ? { kind: 'noteStuck' } : null,
    );
    return null;
  }

  /** Hands a trip that is over, with its history, to the company's own systems and forgets it. */
  async archive(tripId: string): Promise<void> {
    for (;;) {
      const trip = await this.store.find(tripId);
      if (!trip || !isOver(trip)) return;
      const history = await this.store.keptHistory(tripId);
      const isArchived = await this.store.archive(trip, {
        trip: toTripView(trip),
        history: history.map(({ notices: _, ...entry }) => entry),
      });
      // Else it was changed meanwhile, e.g. as a person was erased from it: no other timer would come.
      if (isArchived) return;
    }
  }

  private moment() {
    return { now: this.clock.now(), rules: this.rules.value };
  }

  private done(decision: TripDecision, unreached: string[]): TripOutcome {
    this.timers.noted(decision.timers, decision.trip);
    this.measures.note(decision);
    return { trip: decision.trip, changed: true, unreached };
  }
}

/** A driver is on another trip, has another offer or went offline between the look and the step. */
export class DriverTakenError extends RequestError {
  constructor(readonly driverId: string) {
    super('CONFLICT', { message: 'The driver is not free any more. Read the trip again.' });
  }
}
