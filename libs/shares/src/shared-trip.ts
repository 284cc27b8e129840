import { type Account } from '#libs/accounts';
import { type SharedTrip } from '#libs/contracts';
import { isOver, type TripRecord } from '#libs/trips';

/** The least that following a trip needs: nothing of places, prices, phones and ids of people. */
export function toSharedTrip(trip: TripRecord, driver: Account | undefined): SharedTrip {
  const hasDriver = trip.driverId !== null && !isOver(trip);
  return {
    version: trip.version,
    status: trip.status,
    statusSince: new Date(trip.statusSince).toISOString(),
    passengerName: firstNameOf(trip.passenger.name),
    vehicle: hasDriver ? (driver?.vehicle ?? null) : null,
  };
}

function firstNameOf(name: string | null): string | null {
  return name?.trim().split(/\s+/)[0] || null;
}
