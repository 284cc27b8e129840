import { OfferEndReason, TripParty, TripStatus } from '#libs/contracts';
import { driverAudience, TripHistoryType, type TripAudience } from '../store/trip-history.js';
import { driverOf, openOffers } from '../store/trip-record.js';
import { TripTimer } from '../timers/trip-timer.js';
import { cancelTrip, giveUp, issueAction } from './ending.js';
import { searchAgain } from './interruptions.js';
import { cancelOffer } from './offering.js';
import { illegalTarget, withoutDriver } from './refusals.js';
import { approach, beginRide, everybody, finish } from './riding.js';
import { type CommandOf } from './trip-command.js';
import { type TripDraft } from './trip-draft.js';
import { OVERRIDE_TARGETS } from './trip-transitions.js';

/** Begins the search anew; drivers who did not answer before may be asked again. */
export function retryMatching(
  draft: TripDraft,
  { actor, reason, wanted }: CommandOf<'retryMatching'>,
): void {
  const { trip } = draft;
  for (const offer of openOffers(trip)) cancelOffer(draft, offer, OfferEndReason.matchingRetried);
  draft
    .record(TripHistoryType.matchingRetried, actor, { reason, ...wanted })
    .tell(['admin'], 'admin:trip:action_issued', {
      action: 'retry-matching',
      reason,
      by: actor,
    });
  trip.endedAt = 0;
  trip.noDriversReason = null;
  trip.search = {
    ...trip.search,
    radiusMeters: wanted.radiusMeters ?? 0,
    maxOffers: wanted.maxOffers ?? 0,
    offerTtlMs: wanted.offerTtlMs ?? 0,
  };
  searchAgain(draft);
}

export function override(draft: TripDraft, command: CommandOf<'override'>): void {
  const { trip } = draft;
  const { actor, target, reason, note, final } = command;
  const fits = OVERRIDE_TARGETS[target]?.includes(trip.status) ?? false;
  if (!fits || (target === TripStatus.completed && final === null))
    throw illegalTarget(trip, target);
  const formerDriverId = trip.driverId;
  switch (target) {
    case TripStatus.arriving:
      approach(draft, { kind: 'approach', etaMs: null, position: null });
      break;
    case TripStatus.inProgress:
      beginRide(draft);
      trip.odometer = { meters: 0, until: draft.now, settled: null };
      draft
        .record(TripHistoryType.started, actor)
        .tell(everybody(trip), 'trip:started', { driverId: driverOf(trip) });
      break;
    case TripStatus.completed:
      finish(draft, actor, final!, { overridden: true });
      break;
    case TripStatus.cancelled:
      cancelTrip(draft, { kind: 'cancel', actor, reason, note });
      break;
    case TripStatus.noDriversFound:
      giveUp(draft, actor, reason, note);
      break;
    default:
      searchAgain(draft);
  }
  const audience = everybody(trip);
  if (formerDriverId !== null && trip.driverId === null)
    audience.push(driverAudience(formerDriverId));
  draft
    .record(TripHistoryType.statusOverridden, actor, { reason, ...(note ? { note } : {}) })
    .tell(audience, 'trip:status_overridden', {
      reason,
      fareTotal: trip.final?.fareTotal ?? null,
    });
  issueAction(draft, 'override-status', actor, reason);
}

export function message(
  draft: TripDraft,
  { actor, target, message: text }: CommandOf<'message'>,
): void {
  const { trip } = draft;
  if (target === 'driver' && trip.driverId === null) throw withoutDriver(trip);
  const to: TripAudience[] = [];
  if (target !== 'driver') to.push('passenger');
  if (target !== 'passenger' && trip.driverId !== null) to.push(driverAudience(trip.driverId));
  draft
    .record(TripHistoryType.messageSent, actor, { target, message: text })
    .tell(to, 'trip:message', { message: text })
    .tell(['admin'], 'admin:trip:message_sent', { target, message: text, by: actor });
}

export function noteStuck(draft: TripDraft): void {
  const { trip, now, rules } = draft;
  const ageMs = now - trip.statusSince;
  const everyMs = rules.stuckAfterMs[trip.status];
  draft.setTimer(TripTimer.stuck, everyMs === undefined ? null : now + everyMs);
  draft
    .record(TripHistoryType.stuck, { kind: TripParty.system }, { ageMs })
    .tell(['admin'], 'admin:trip:stuck', {
      ageMs,
      passengerId: trip.passengerId,
      driverId: trip.driverId,
    });
}
