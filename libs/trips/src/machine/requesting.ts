import { TripParty, TripStatus } from '#libs/contracts';
import { AT_ONCE, type TripDecision } from '../store/trip-decision.js';
import { TripHistoryType } from '../store/trip-history.js';
import { untouched, type TripRecord } from '../store/trip-record.js';
import { TripTimer } from '../timers/trip-timer.js';
import { startAssigning } from './offering.js';
import { type NewTrip } from './trip-command.js';
import { TripDraft, type Moment } from './trip-draft.js';

/** A new trip: its first event, and the timer that makes somebody look for a driver. */
export function requestTrip(request: NewTrip, moment: Moment): TripDecision {
  return draftOf(request, moment).decision();
}

/** A new trip for which a driver is looked for from the same step on. */
export function requestAndSearch(request: NewTrip, moment: Moment): TripDecision {
  const draft = draftOf(request, moment);
  startAssigning(draft);
  return draft.decision();
}

function draftOf(request: NewTrip, moment: Moment): TripDraft {
  const draft = new TripDraft(emptyTrip(request, moment), moment);
  const { trip } = draft;
  draft.enter(TripStatus.pending);
  draft
    .record(
      TripHistoryType.requested,
      request.by ?? { kind: TripParty.passenger, id: trip.passengerId },
      { paymentMode: trip.paymentMode, estimate: trip.estimate },
    )
    .tell(['passenger', 'admin'], 'trip:requested', {
      passengerId: trip.passengerId,
      requestedAt: new Date(moment.now).toISOString(),
      pickup: trip.pickup,
      fareEstimatedTotal: trip.estimate.total,
      fareFinalCurrency: trip.estimate.currency,
    });
  draft.setTimer(TripTimer.match, AT_ONCE);
  return draft;
}

function emptyTrip(request: NewTrip, { now, rules }: Moment): TripRecord {
  const { tripId, passenger, by: _, ...asked } = request;
  const rest = untouched();
  return {
    ...rest,
    ...asked,
    id: tripId,
    status: TripStatus.pending,
    statusSince: now,
    passengerId: passenger.id,
    passenger,
    search: { ...rest.search, startedAt: now, endsAt: now + rules.searchMs },
    requestedAt: now,
  };
}
