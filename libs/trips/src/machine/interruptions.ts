import { TripParty, TripStatus } from '#libs/contracts';
import { TripHistoryType } from '../store/trip-history.js';
import { driverOf } from '../store/trip-record.js';
import { TripTimer } from '../timers/trip-timer.js';
import { startAssigning } from './offering.js';
import { everybody } from './riding.js';
import { type TripDraft } from './trip-draft.js';

const SYSTEM = { kind: TripParty.system } as const;

/** The driver is out of reach: before the ride another one is looked for, during it the trip waits. */
export function loseDriver(draft: TripDraft): void {
  const { trip, now, rules } = draft;
  const driverId = driverOf(trip);
  const reassigning = trip.status !== TripStatus.inProgress;
  const audience = everybody(trip);
  trip.driverLostAt = now;
  draft
    .record(TripHistoryType.driverLost, SYSTEM, { driverId, reassigning })
    .tell(audience, 'trip:driver_lost', { driverId, reassigning });
  if (!reassigning) {
    draft.setTimer(TripTimer.lost, now + rules.lostCheckMs);
    return;
  }
  searchAgain(draft);
}

export function findDriverAgain(draft: TripDraft): void {
  const { trip } = draft;
  trip.driverLostAt = 0;
  draft.setTimer(TripTimer.lost, null);
  draft
    .record(TripHistoryType.driverReturned, SYSTEM, { driverId: driverOf(trip) })
    .tell(everybody(trip), 'trip:driver_returned', { driverId: driverOf(trip) });
}

/** Takes the trip from its driver, if it has one, and looks for another. */
export function searchAgain(draft: TripDraft): void {
  const { trip, now, rules } = draft;
  if (trip.driverId !== null) {
    draft.releaseDriver();
    trip.driverId = null;
    trip.driver = null;
    trip.vehicle = null;
    trip.assignmentId = null;
    trip.acceptedAt = 0;
    trip.arrivedAt = 0;
    trip.driverLostAt = 0;
    trip.waiting = { ms: 0, surcharge: 0 };
  }
  draft.setTimer(TripTimer.approach, null);
  draft.setTimer(TripTimer.waiting, null);
  trip.search = {
    ...trip.search,
    startedAt: now,
    endsAt: now + rules.searchMs,
    retryAt: 0,
    firstOffer: trip.offers.length,
  };
  startAssigning(draft);
}
