import { type Account } from '#libs/accounts';
import {
  TERMINAL_TRIP_STATUSES,
  type TripView,
  type DriverCard,
  type PassengerCard,
} from '#libs/contracts';
import { type TripHistoryEntry } from './store/trip-history.js';
import { type TripRecord } from './store/trip-record.js';

export function isOver({ status }: TripRecord): boolean {
  return TERMINAL_TRIP_STATUSES.includes(status);
}

/** The one shape in which people see a trip. */
export function toTripView(trip: TripRecord): TripView {
  const { estimate, final, cancellation } = trip;
  const isCancelled = cancellation !== null;
  return {
    id: trip.id,
    tripId: trip.id,
    version: trip.version,
    status: trip.status,
    currentStatus: trip.status,
    statusSince: isoOf(trip.statusSince),
    passengerId: trip.passengerId,
    passenger: trip.passenger,
    driverId: trip.driverId,
    driver: trip.driver,
    vehicleId: trip.vehicleId,
    vehicle: trip.vehicle,
    assignmentId: trip.assignmentId,
    paymentMode: trip.paymentMode,
    pickup: trip.pickup,
    stops: trip.stops,
    vehicleCategoryId: trip.vehicleCategoryId,
    serviceClassId: trip.serviceClassId,
    requestedAt: isoOf(trip.requestedAt),
    acceptedAt: isoOrNull(trip.acceptedAt),
    arrivedAt: isoOrNull(trip.arrivedAt),
    startedAt: isoOrNull(trip.startedAt),
    completedAt: final ? isoOrNull(trip.endedAt) : null,
    cancelledAt: isCancelled ? isoOrNull(trip.endedAt) : null,
    cancellation: cancellation && { by: cancellation.by, reason: cancellation.reason },
    noDriversReason: trip.noDriversReason,
    driverLostAt: isoOrNull(trip.driverLostAt),
    fareEstimatedTotal: estimate.total,
    fareFinalCurrency: estimate.currency,
    fareTotal: final?.fareTotal ?? null,
    currency: estimate.currency,
    waitingSurcharge: trip.waiting.surcharge,
    distanceMeters: final?.distanceMeters ?? null,
    durationSec: final ? Math.round(final.durationMs / 1_000) : null,
  };
}

/** `trip.requested`, `trip.driver_offered`, ...: docs/EXPORTS.md lists them. */
export function exportedTypeOf({ type }: TripHistoryEntry): string {
  return `trip.${type.replace(/^trip_/, '')}`;
}

/** What the company's own systems get of an entry: what happened, and the trip as it is then. */
export function toExportedEntry({ actor, data }: TripHistoryEntry, trip: TripRecord): object {
  return { actor, details: data, trip: toTripView(trip) };
}

function isoOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function isoOrNull(epochMs: number): string | null {
  return epochMs > 0 ? isoOf(epochMs) : null;
}

/** What a driver sees of a passenger: the least that finding each other needs. */
export function toPassengerCard(id: string, account: Account | undefined): PassengerCard {
  const { name, photoUrl, phoneNumber } = account ?? {};
  return {
    id,
    name: name ?? null,
    photoUrl: photoUrl ?? null,
    phoneMasked: maskPhone(phoneNumber),
  };
}

/** What a passenger sees of a driver. */
export function toDriverCard(id: string, account: Account | undefined): DriverCard {
  const { name, photoUrl, phoneNumber } = account ?? {};
  return {
    id,
    name: name ?? null,
    photoUrl: photoUrl ?? null,
    phoneMasked: maskPhone(phoneNumber),
    phone: null,
    ratingAvg: null,
    ratingCount: null,
  };
}

/** All but the last two digits. */
function maskPhone(phoneNumber: string | undefined): string | null {
  if (!phoneNumber) return null;
  return phoneNumber.replaceAll(/\d(?=\d{2})/g, '*');
}
