import { TripStatus, type TripDriverLocation } from '#libs/contracts';
import { type TripRecord } from './store/trip-record.js';

/** What the driver of a trip drives to now. */
export interface TripLeg {
  driverId: string;
  target: TripDriverLocation['target'];
  /** Where it ends: the pickup, or the last stop. Degrees, WGS84. */
  destination: { lat: number; lng: number };
  /** On the way to the passenger, and everybody has got that. */
  isEnRoute: boolean;
}

/** Null while a trip has no driver yet, no driver any more, or is over. */
export function legOf({
  status,
  driverId,
  pickup,
  stops,
  arrivedAt,
}: Pick<TripRecord, 'status' | 'driverId' | 'pickup' | 'stops' | 'arrivedAt'>): TripLeg | null {
  if (driverId === null) return null;
  switch (status) {
    case TripStatus.accepted:
    case TripStatus.arriving:
      return {
        driverId,
        target: 'pickup',
        destination: placeOf(pickup),
        isEnRoute: status === TripStatus.arriving && arrivedAt === 0,
      };
    case TripStatus.inProgress:
      return {
        driverId,
        target: 'dropoff',
        destination: placeOf(stops.at(-1) ?? pickup),
        isEnRoute: false,
      };
    default:
      return null;
  }
}

function placeOf({ lat, lng }: { lat: number; lng: number }): TripLeg['destination'] {
  return { lat, lng };
}
