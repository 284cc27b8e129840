import { foldForSearch, type PaymentMode, type TripStatus } from '#libs/contracts';
import { type TripRules } from '../machine/trip-rules.js';
import { isOver } from '../trip-view.js';
import { type TripRecord } from './trip-record.js';

/** What trips are looked for; all of it has to fit. */
export interface TripSearch {
  /** Part of an id, a name or an address, in any case; a whole id finds its trips for sure. */
  text?: string | undefined;
  passengerId?: string | undefined;
  driverId?: string | undefined;
  vehicleId?: string | undefined;
  status?: TripStatus | undefined;
  paymentMode?: PaymentMode | undefined;
  /** Epoch ms, both included. */
  requestedFrom?: number | undefined;
  requestedTo?: number | undefined;
  onlyActive?: boolean | undefined;
  onlyStuck?: boolean | undefined;
  onlyOver?: boolean | undefined;
  /** Epoch ms, included: what ended later is left out. */
  endedTo?: number | undefined;
}

/** Whether a trip has been in its status for longer than is good. */
export function isStuck(
  { status, statusSince }: TripRecord,
  { stuckAfterMs }: TripRules,
  now: number,
): boolean {
  const allowedMs = stuckAfterMs[status];
  return allowedMs !== undefined && now - statusSince >= allowedMs;
}

/** All but the period of the request, which the lists are ordered by. */
export function fits(trip: TripRecord, search: TripSearch, rules: TripRules, now: number): boolean {
  const { passengerId, driverId, vehicleId, status, paymentMode, text } = search;
  return (
    (passengerId === undefined || trip.passengerId === passengerId) &&
    (driverId === undefined || trip.driverId === driverId) &&
    (vehicleId === undefined || trip.vehicleId === vehicleId) &&
    (status === undefined || trip.status === status) &&
    (paymentMode === undefined || trip.paymentMode === paymentMode) &&
    (!search.onlyActive || !isOver(trip)) &&
    (!search.onlyOver || isOver(trip)) &&
    (search.endedTo === undefined || trip.endedAt <= search.endedTo) &&
    (!search.onlyStuck || isStuck(trip, rules, now)) &&
    (text === undefined || says(trip, foldForSearch(text)))
  );
}

/** Whether every trip of a list fits, so that none has to be read to know. */
export function isWholeList(search: TripSearch, list: 'all' | 'active'): boolean {
  const { requestedFrom: _, requestedTo: __, onlyActive, ...others } = search;
  return (
    (list === 'active' || !onlyActive) &&
    Object.values(others).every((value) => value === undefined || value === false)
  );
}

function says(trip: TripRecord, text: string): boolean {
  const texts = [
    trip.id,
    trip.passengerId,
    trip.driverId,
    trip.passenger.name,
    trip.driver?.name,
    trip.pickup.address,
    ...trip.stops.map(({ address }) => address),
  ];
  return texts.some((each) => each != null && foldForSearch(each).includes(text));
}
