import {
  TERMINAL_TRIP_STATUSES,
  type TripActor,
  type TripEventName,
  type TripEventPayload,
  type TripFact,
  type TripStatus,
} from '#libs/contracts';
import {
  AT_ONCE,
  type DriverChange,
  type TimerChange,
  type TripDecision,
} from '../store/trip-decision.js';
import {
  type TripAudience,
  type TripHistoryEntry,
  type TripHistoryType,
} from '../store/trip-history.js';
import { isOpen, type OfferRecord, type TripRecord } from '../store/trip-record.js';
import { TripTimer } from '../timers/trip-timer.js';
import { type TripRules } from './trip-rules.js';

export interface Moment {
  /** Epoch ms. */
  now: number;
  rules: TripRules;
}

/** Collects what a command changes; the record it was given stays as it is. */
export class TripDraft {
  readonly trip: TripRecord;
  readonly now: number;
  readonly rules: TripRules;
  private readonly from: number;
  private previousStatus: TripStatus;
  private readonly entries: TripHistoryEntry[] = [];
  private readonly drivers: DriverChange[] = [];
  private readonly timers = new Map<string, TimerChange>();
  private notAfter = 0;

  constructor(trip: TripRecord, { now, rules }: Moment) {
    this.trip = structuredClone(trip);
    this.trip.revision += 1;
    this.from = trip.revision;
    this.previousStatus = trip.status;
    this.now = now;
    this.rules = rules;
  }

  /** Moves to a status with its timers. Entries that follow name the status before as previous. */
  enter(status: TripStatus): void {
    const { trip } = this;
    this.previousStatus = trip.status;
    trip.status = status;
    trip.statusSince = this.now;
    const stuckAfterMs = this.rules.stuckAfterMs[status];
    this.setTimer(TripTimer.stuck, stuckAfterMs === undefined ? null : this.now + stuckAfterMs);
    if (TERMINAL_TRIP_STATUSES.includes(status)) this.close();
    else this.setTimer(TripTimer.archive, null);
  }

  /** An entry of the audit trail; `tell` adds the facts that people get. Each gets the next version. */
  record(type: TripHistoryType, actor: TripActor, data: Record<string, unknown> = {}): Recorded {
    const { trip, now, previousStatus } = this;
    trip.version += 1;
    const entry: TripHistoryEntry = {
      version: trip.version,
      type,
      at: now,
      actor,
      data: { status: trip.status, ...data },
      notices: [],
    };
    this.entries.push(entry);
    const fact: TripFact = {
      tripId: trip.id,
      version: trip.version,
      at: new Date(now).toISOString(),
      status: trip.status,
      currentStatus: trip.status,
      previousStatus,
    };
    const recorded: Recorded = {
      tell: (to, event, ...[facts]) => {
        const told = entry.notices.flatMap((notice) => notice.to);
        if (to.some((audience) => told.includes(audience)))
          throw new Error(`${event} would be a second event under version ${entry.version}`);
        entry.notices.push({ to, event, payload: { ...fact, ...facts } });
        return recorded;
      },
    };
    return recorded;
  }

  change(change: DriverChange): void {
    this.drivers.push(change);
  }

  /** @param at epoch ms, or AT_ONCE; null takes the timer away */
  setTimer(kind: TripTimer, at: number | null, id = this.trip.id): void {
    this.timers.set(`${kind}:${id}`, { kind, id, at });
  }

  refuseAfter(at: number): void {
    this.notAfter = at;
  }

  /** Ends an open offer: the driver may be asked by others again. */
  closeOffer(offer: OfferRecord, status: OfferRecord['status']): void {
    offer.status = status;
    offer.answeredAt = this.now;
    this.change({ op: 'withdraw', driverId: offer.driverId, assignmentId: offer.assignmentId });
    this.setTimer(TripTimer.offer, null, offer.assignmentId);
  }

  /** The driver is free again. */
  releaseDriver(): void {
    const { trip } = this;
    if (trip.driverId === null) return;
    this.change({ op: 'release', driverId: trip.driverId });
  }

  /** Makes the search look for a driver now. */
  matchNow(): void {
    if (!this.trip.offers.some(isOpen)) this.setTimer(TripTimer.match, AT_ONCE);
  }

  decision(): TripDecision {
    return {
      from: this.from,
      trip: this.trip,
      entries: this.entries,
      drivers: this.drivers,
      timers: [...this.timers.values()],
      notAfter: this.notAfter,
    };
  }

  private close(): void {
    this.trip.endedAt = this.now;
    this.trip.driverLostAt = 0;
    const { match, approach, waiting, odometer, lost, archive } = TripTimer;
    for (const kind of [match, approach, waiting, odometer, lost]) this.setTimer(kind, null);
    this.setTimer(archive, this.now + this.rules.archiveAfterMs);
  }
}

/** What an event says beyond what every event of a trip says. */
type OwnFacts<Payload> = Payload extends unknown ? Omit<Payload, keyof TripFact> : never;
type Said<E extends TripEventName> = OwnFacts<TripEventPayload<E>>;

export interface Recorded {
  /** Adds an event of the contract for some people; its own facts may be left out where it has none. */
  tell: <E extends TripEventName>(
    to: TripAudience[],
    event: E,
    ...facts: object extends Said<E> ? [facts?: Said<E>] : [facts: Said<E>]
  ) => Recorded;
}
