import {
  OfferEndReason,
  OfferStatus,
  RequestError,
  TripParty,
  TripStatus,
  type AssignmentFact,
  type TripFact,
  type TripOffer,
} from '#libs/contracts';
import { AT_ONCE } from '../store/trip-decision.js';
import { driverAudience, TripHistoryType } from '../store/trip-history.js';
import {
  assignmentIdOf,
  openOffers,
  type OfferRecord,
  type TripRecord,
} from '../store/trip-record.js';
import { TripTimer } from '../timers/trip-timer.js';
import { tripNotFound } from './refusals.js';
import { type CommandOf } from './trip-command.js';
import { type TripDraft } from './trip-draft.js';

const SYSTEM = { kind: TripParty.system } as const;

export function startAssigning(draft: TripDraft): void {
  draft.enter(TripStatus.assigning);
  draft
    .record(TripHistoryType.assigningStarted, SYSTEM)
    .tell(['passenger', 'admin'], 'trip:assigning_started');
  draft.matchNow();
}

/** A round of the search: its decision record, and the offers that it makes. */
export function offer(draft: TripDraft, { round, offers, retryAt }: CommandOf<'offer'>): void {
  const { trip, now, rules } = draft;
  trip.search.rounds += 1;
  trip.search.retryAt = offers.length > 0 ? 0 : retryAt;
  draft.record(TripHistoryType.dispatchRound, SYSTEM, { round: trip.search.rounds, ...round });
  const ttlMs = trip.search.offerTtlMs || rules.offerTtlMs;
  for (const { driverId, distanceMeters, etaMs } of offers) {
    const made: OfferRecord = {
      assignmentId: assignmentIdOf(trip.id, trip.offers.length + 1),
      driverId,
      status: OfferStatus.offered,
      offeredAt: now,
      deliverBy: rules.deliveryMs === null ? 0 : now + Math.min(rules.deliveryMs, ttlMs),
      deliveredAt: 0,
      expiresAt: now + ttlMs,
      answeredAt: 0,
      reason: null,
      distanceMeters,
      etaMs,
    };
    trip.offers.push(made);
    const { assignmentId, expiresAt } = made;
    draft.change({ op: 'offer', driverId, assignmentId, until: expiresAt });
    draft.setTimer(TripTimer.offer, made.deliverBy || expiresAt, assignmentId);
    draft
      .record(TripHistoryType.offered, SYSTEM, { assignmentId, driverId, distanceMeters })
      .tell([driverAudience(driverId), 'admin'], 'trip:assignment:offered', {
        ...toTripOffer(trip, made),
        driverId,
        vehicleId: null,
      });
  }
  draft.setTimer(TripTimer.match, offers.length > 0 ? null : retryAt);
}

export function confirmDelivery(
  draft: TripDraft,
  { assignmentId, driverId, isAssumed }: CommandOf<'confirmDelivery'>,
): void {
  const found = offerOf(draft.trip, assignmentId, driverId);
  assertOpen(found, draft.now);
  found.deliveredAt = draft.now;
  draft.setTimer(TripTimer.offer, found.expiresAt, assignmentId);
  draft.record(
    TripHistoryType.offerDelivered,
    isAssumed ? SYSTEM : { kind: TripParty.driver, id: driverId },
    {
      assignmentId,
      afterMs: draft.now - found.offeredAt,
      ...(isAssumed ? { assumed: true } : {}),
    },
  );
}

/** The one winner (TRIP1): the script refuses it when the offer or the driver is gone meanwhile. */
export function accept(draft: TripDraft, command: CommandOf<'accept'>): void {
  const { trip, now } = draft;
  const { assignmentId, driverId, driver, vehicle = null } = command;
  const won = offerOf(trip, assignmentId, driverId);
  assertOpen(won, now);
  const actor = { kind: TripParty.driver, id: driverId } as const;
  const losers = openOffers(trip).filter((other) => other !== won);
  draft.refuseAfter(won.expiresAt);
  draft.closeOffer(won, OfferStatus.accepted);
  draft.change({ op: 'assign', driverId });
  trip.driverId = driverId;
  trip.driver = driver;
  trip.vehicle = vehicle;
  trip.assignmentId = assignmentId;
  trip.acceptedAt = now;
  trip.driverLostAt = 0;
  draft.enter(TripStatus.accepted);
  draft.setTimer(TripTimer.match, null);
  draft.setTimer(TripTimer.approach, AT_ONCE);
  const assigned = { driverId, vehicleId: null, assignmentId, passengerId: trip.passengerId };
  const forPassenger = { ...assigned, driver, vehicle, passenger: null };
  const forOthers = { ...forPassenger, passenger: trip.passenger };
  draft
    .record(TripHistoryType.accepted, actor, { assignmentId, driverId })
    .tell(['passenger'], 'trip:driver_accepted', forPassenger)
    .tell([driverAudience(driverId), 'admin'], 'trip:assignment:accepted', {
      assignmentId,
      driverId,
      vehicleId: null,
    });
  draft
    .record(TripHistoryType.assigned, SYSTEM, { assignmentId, driverId })
    .tell(['passenger'], 'trip:driver_assigned', forPassenger)
    .tell([driverAudience(driverId), 'admin'], 'trip:driver_assigned', forOthers);
  for (const loser of losers) cancelOffer(draft, loser, OfferEndReason.takenByAnother);
}

export function reject(
  draft: TripDraft,
  { assignmentId, driverId, reason }: CommandOf<'reject'>,
): void {
  const found = offerOf(draft.trip, assignmentId, driverId);
  assertOpen(found, draft.now);
  found.reason = reason;
  draft.closeOffer(found, OfferStatus.rejected);
  draft
    .record(
      TripHistoryType.rejected,
      { kind: TripParty.driver, id: driverId },
      { assignmentId, driverId, reason },
    )
    .tell(['admin'], 'trip:assignment:rejected', factOf(found, reason));
  draft.matchNow();
}

export function expire(draft: TripDraft, found: OfferRecord, unreachable: boolean): void {
  const { assignmentId, driverId } = found;
  draft.closeOffer(found, unreachable ? OfferStatus.unreachable : OfferStatus.expired);
  const reason = unreachable ? OfferEndReason.unreachable : OfferEndReason.expired;
  draft
    .record(TripHistoryType.expired, SYSTEM, { assignmentId, driverId, reason })
    .tell([driverAudience(driverId)], 'trip:offer:expired', factOf(found, reason))
    .tell(['admin'], 'trip:assignment:expired', factOf(found, reason));
  draft.matchNow();
}

/** Takes an open offer back from a driver who has not answered. */
export function cancelOffer(draft: TripDraft, open: OfferRecord, reason: OfferEndReason): void {
  const { assignmentId, driverId } = open;
  draft.closeOffer(open, OfferStatus.cancelled);
  draft
    .record(TripHistoryType.assignmentCancelled, SYSTEM, { assignmentId, driverId, reason })
    .tell([driverAudience(driverId), 'admin'], 'trip:offer:cancelled', factOf(open, reason));
}

/** @throws RequestError ASSIGNMENT_NOT_FOUND */
export function offerOf(trip: TripRecord, assignmentId: string, driverId: string): OfferRecord {
  const found = trip.offers.find((candidate) => candidate.assignmentId === assignmentId);
  if (!found || found.driverId !== driverId) throw new RequestError('ASSIGNMENT_NOT_FOUND');
  return found;
}

/** @throws RequestError that says what became of the offer */
export function assertOpen({ status, expiresAt }: OfferRecord, now: number): void {
  switch (status) {
    case OfferStatus.offered:
      if (now > expiresAt) throw new RequestError('ASSIGNMENT_EXPIRED');
      return;
    case OfferStatus.expired:
    case OfferStatus.unreachable:
      throw new RequestError('ASSIGNMENT_EXPIRED');
    case OfferStatus.cancelled:
      throw new RequestError('ASSIGNMENT_STATE_CHANGED');
    default:
      throw new RequestError('ASSIGNMENT_ALREADY_RESPONDED');
  }
}

/** @throws RequestError NOT_FOUND for anybody but the driver of the trip */
export function assertDriver(trip: TripRecord, driverId: string): void {
  if (trip.driverId !== driverId) throw tripNotFound();
}

/** What a driver sees of an offer; only the driver of the trip sees the notes. */
export function toTripOffer(trip: TripRecord, made: OfferRecord): TripOffer {
  return {
    assignmentId: made.assignmentId,
    tripId: trip.id,
    ttlSec: Math.round((made.expiresAt - made.offeredAt) / 1_000),
    expiresAt: new Date(made.expiresAt).toISOString(),
    pickup: trip.pickup,
    stops: trip.stops.map(({ lat, lng, address }) => ({ lat, lng, address })),
    paymentMode: trip.paymentMode,
    distanceMeters: made.distanceMeters,
    etaMinutes: Math.max(1, Math.round(made.etaMs / 60_000)),
    fareEstimatedTotal: trip.estimate.total,
    currency: trip.estimate.currency,
  };
}

function factOf(
  { assignmentId, driverId }: OfferRecord,
  reason: string,
): Omit<AssignmentFact, keyof TripFact> {
  return { assignmentId, driverId, vehicleId: null, reason };
}
