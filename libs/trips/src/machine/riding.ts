import { TripParty, TripStatus, type TripActor } from '#libs/contracts';
import { driverAudience, TripHistoryType, type TripAudience } from '../store/trip-history.js';
import { driverOf, type FinalRecord, type TripRecord } from '../store/trip-record.js';
import { TripTimer } from '../timers/trip-timer.js';
import { type CommandOf } from './trip-command.js';
import { type TripDraft } from './trip-draft.js';

const SYSTEM = { kind: TripParty.system } as const;

/** Everybody who follows a trip that has a driver. */
export function everybody({ driverId }: TripRecord): TripAudience[] {
  return driverId === null
    ? ['passenger', 'admin']
    : ['passenger', driverAudience(driverId), 'admin'];
}

export function approach(draft: TripDraft, { etaMs, position }: CommandOf<'approach'>): void {
  const { trip } = draft;
  const driverId = driverOf(trip);
  draft.enter(TripStatus.arriving);
  draft.setTimer(TripTimer.approach, null);
  const etaMinutes = etaMs === null ? null : Math.max(1, Math.round(etaMs / 60_000));
  draft
    .record(TripHistoryType.arrivingStarted, SYSTEM)
    .tell(everybody(trip), 'trip:arriving_started', { driverId });
  draft
    .record(TripHistoryType.enRoute, SYSTEM, { etaMinutes })
    .tell(everybody(trip), 'trip:driver_en_route', {
      driverId,
      etaMinutes,
      driverPosition: position,
    });
}

export function arrive(draft: TripDraft): void {
  const { trip, now, rules } = draft;
  if (trip.status === TripStatus.accepted)
    approach(draft, { kind: 'approach', etaMs: null, position: null });
  trip.arrivedAt = now;
  draft.setTimer(TripTimer.waiting, now + rules.freeWaitingMs);
  const driverId = driverOf(trip);
  draft
    .record(TripHistoryType.arrivedPickup, actorOf(trip))
    .tell(everybody(trip), 'trip:driver_arrived_pickup', { driverId });
}

/** The passenger lets the driver wait: the surcharge so far, and when it is looked at again. */
export function wait(draft: TripDraft, { waitingMs, surcharge, nextAt }: CommandOf<'wait'>): void {
  draft.setTimer(TripTimer.waiting, nextAt);
  chargeWaiting(draft, waitingMs, surcharge);
}

export function start(draft: TripDraft, { waitingMs, surcharge }: CommandOf<'start'>): void {
  const { trip, now } = draft;
  chargeWaiting(draft, waitingMs, surcharge);
  beginRide(draft);
  trip.odometer = { meters: 0, until: now, settled: null };
  draft
    .record(TripHistoryType.started, actorOf(trip))
    .tell(everybody(trip), 'trip:started', { driverId: driverOf(trip) });
}

export function measure(draft: TripDraft, { meters, until, settled }: CommandOf<'measure'>): void {
  draft.trip.odometer = { meters, until, settled };
  draft.setTimer(TripTimer.odometer, draft.now + draft.rules.odometerMs);
}

export function complete(draft: TripDraft, { final }: CommandOf<'complete'>): void {
  finish(draft, actorOf(draft.trip), final, {});
}

/** Sets the status and its timers; the caller says why. */
export function beginRide(draft: TripDraft): void {
  draft.enter(TripStatus.inProgress);
  draft.trip.startedAt = draft.now;
  draft.setTimer(TripTimer.waiting, null);
  draft.setTimer(TripTimer.approach, null);
  draft.setTimer(TripTimer.odometer, draft.now + draft.rules.odometerMs);
}

export function finish(
  draft: TripDraft,
  actor: TripActor,
  final: FinalRecord,
  data: Record<string, unknown>,
): void {
  const { trip } = draft;
  const audience = everybody(trip);
  draft.releaseDriver();
  draft.enter(TripStatus.completed);
  trip.final = final;
  draft
    .record(TripHistoryType.completed, actor, { ...data, ...final })
    .tell(audience, 'trip:completed', {
      driverId: driverOf(trip),
      fareTotal: final.fareTotal,
      currency: final.currency,
      distanceMeters: final.distanceMeters,
      durationSec: Math.round(final.durationMs / 1_000),
      waitingSurcharge: trip.waiting.surcharge,
    });
}

export function actorOf({ driverId }: TripRecord): TripActor {
  return driverId === null ? SYSTEM : { kind: TripParty.driver, id: driverId };
}

function chargeWaiting(draft: TripDraft, waitingMs: number, surcharge: number): void {
  const { trip } = draft;
  const isMore = surcharge > trip.waiting.surcharge;
  // Time only goes forward here, also when a clock does not: amount and reason stay in step.
  trip.waiting = {
    ms: Math.max(waitingMs, trip.waiting.ms),
    surcharge: Math.max(surcharge, trip.waiting.surcharge),
  };
  if (!isMore) return;
  draft
    .record(TripHistoryType.penaltyApplied, SYSTEM, { waitingMs, surcharge })
    .tell(everybody(trip), 'trip:waiting_surcharge_applied', {
      driverId: driverOf(trip),
      waitingSec: Math.round(waitingMs / 1_000),
      surcharge,
      currency: trip.estimate.currency,
    });
}
