import { RequestError, TripStatus } from '#libs/contracts';
import { type TripDecision } from '../store/trip-decision.js';
import { isOpen, type TripRecord } from '../store/trip-record.js';
import { message, noteStuck, override, retryMatching } from './dispatcher-actions.js';
import { cancel, noDrivers } from './ending.js';
import { findDriverAgain, loseDriver } from './interruptions.js';
import {
  accept,
  assertDriver,
  assertOpen,
  confirmDelivery,
  expire,
  offer,
  offerOf,
  reject,
  startAssigning,
} from './offering.js';
import { illegalIn } from './refusals.js';
import { approach, arrive, complete, measure, start, wait } from './riding.js';
import { type TripCommand } from './trip-command.js';
import { TripDraft, type Moment } from './trip-draft.js';
import { ALLOWED_IN } from './trip-transitions.js';

/**
 * What a command makes of a trip; null when it has been done already. Pure: the same trip, command
 * and moment give the same decision, and nothing is changed by asking.
 * @throws RequestError TRIP_STATUS_CONFLICT, NOT_FOUND or one about the assignment
 */
export function decide(
  trip: TripRecord,
  command: TripCommand,
  moment: Moment,
): TripDecision | null {
  assertParty(trip, command);
  if (isDone(trip, command, moment.now)) return null;
  if (!ALLOWED_IN[command.kind].includes(trip.status)) throw refusalOf(trip, command, moment.now);
  const draft = new TripDraft(trip, moment);
  apply(draft, command);
  return draft.decision();
}

function apply(draft: TripDraft, command: TripCommand): void {
  switch (command.kind) {
    case 'startAssigning':
      return startAssigning(draft);
    case 'offer':
      return offer(draft, command);
    case 'confirmDelivery':
      return confirmDelivery(draft, command);
    case 'accept':
      return accept(draft, command);
    case 'reject':
      return reject(draft, command);
    case 'expire':
    case 'unreachable':
      return expire(
        draft,
        draft.trip.offers.find(({ assignmentId }) => assignmentId === command.assignmentId)!,
        command.kind === 'unreachable',
      );
    case 'noDrivers':
      return noDrivers(draft, command);
    case 'approach':
      return approach(draft, command);
    case 'arrive':
      return arrive(draft);
    case 'wait':
      return wait(draft, command);
    case 'start':
      return start(draft, command);
    case 'measure':
      return measure(draft, command);
    case 'complete':
      return complete(draft, command);
    case 'cancel':
      return cancel(draft, command);
    case 'loseDriver':
      return loseDriver(draft);
    case 'findDriverAgain':
      return findDriverAgain(draft);
    case 'retryMatching':
      return retryMatching(draft, command);
    case 'override':
      return override(draft, command);
    case 'message':
      return message(draft, command);
    case 'noteStuck':
      return noteStuck(draft);
  }
}

/** Only the driver of a trip, or the one who holds the offer, may speak for it. */
function assertParty(trip: TripRecord, command: TripCommand): void {
  switch (command.kind) {
    case 'confirmDelivery':
    case 'accept':
    case 'reject':
      offerOf(trip, command.assignmentId, command.driverId);
      return;
    case 'arrive':
    case 'start':
    case 'complete':
      assertDriver(trip, command.driverId);
      return;
    case 'approach':
      if (command.driverId !== undefined) assertDriver(trip, command.driverId);
  }
}

/** A request that comes again after it was done is answered as the first time. */
function isDone(trip: TripRecord, command: TripCommand, now: number): boolean {
  switch (command.kind) {
    case 'startAssigning':
      return trip.status !== TripStatus.pending;
    case 'confirmDelivery': {
      const { status, deliveredAt } = offerOf(trip, command.assignmentId, command.driverId);
      return deliveredAt > 0 || status !== 'offered';
    }
    case 'accept':
      return trip.assignmentId === command.assignmentId;
    case 'reject':
      return offerOf(trip, command.assignmentId, command.driverId).status === 'rejected';
    case 'expire':
      return !isOverdue(trip, command.assignmentId, now, ({ expiresAt }) => expiresAt);
    case 'unreachable':
      return !isOverdue(trip, command.assignmentId, now, ({ deliveredAt, deliverBy }) =>
        deliveredAt > 0 ? Number.POSITIVE_INFINITY : Math.min(deliverBy, now),
      );
    case 'approach':
      return trip.status === TripStatus.arriving;
    case 'arrive':
      return trip.arrivedAt > 0;
    case 'wait':
      return trip.arrivedAt === 0 || trip.startedAt > 0 || trip.endedAt > 0;
    case 'start':
      return trip.startedAt > 0 && trip.status === TripStatus.inProgress;
    case 'complete':
      return trip.status === TripStatus.completed;
    case 'cancel':
      return trip.status === TripStatus.cancelled;
    case 'loseDriver':
      return trip.driverId !== command.driverId || trip.driverLostAt > 0 || trip.endedAt > 0;
    case 'findDriverAgain':
      return trip.driverId !== command.driverId || trip.driverLostAt === 0;
    default:
      return false;
  }
}

function isOverdue(
  trip: TripRecord,
  assignmentId: string,
  now: number,
  dueAt: (offer: TripRecord['offers'][number]) => number,
): boolean {
  const found = trip.offers.find((candidate) => candidate.assignmentId === assignmentId);
  return found !== undefined && isOpen(found) && now >= dueAt(found);
}

/** The answer to a late offer says what became of it, any other refusal the status of the trip. */
function refusalOf(trip: TripRecord, command: TripCommand, now: number): RequestError {
  if (command.kind === 'accept' || command.kind === 'reject') {
    try {
      assertOpen(offerOf(trip, command.assignmentId, command.driverId), now);
    } catch (error) {
      if (error instanceof RequestError) return error;
      throw error;
    }
  }
  return illegalIn(trip, command.kind);
}
