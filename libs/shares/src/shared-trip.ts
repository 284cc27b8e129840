import { type SharedTrip } from '#libs/contracts';
import { isOver, type TripRecord } from '#libs/trips';

/** The least that following a trip needs: nothing of places, prices, phones and ids of people. */
export function toSharedTrip(trip: TripRecord): SharedTrip {
  return {
    version: trip.version,
    status: trip.status,
    statusSince: new Date(trip.statusSince).toISOString(),
    passengerName: firstNameOf(trip.passenger.name),
    vehicle: isOver(trip) ? null : trip.vehicle,
  };
}

function firstNameOf(name: string | null): string | null {
  return name?.trim().split(/\s+/)[0] || null;
}
