import { RequestError, type TripStatus } from '#libs/contracts';
import { type TripRecord } from '../store/trip-record.js';

/** @param trip a record that the command does not fit */
export function illegalIn(trip: TripRecord, command: string): RequestError {
  return new RequestError('TRIP_STATUS_CONFLICT', {
    message: `The trip is ${trip.status}: ${command} is not possible now. Read the trip again.`,
    details: { tripId: trip.id, status: trip.status, version: trip.version },
  });
}

export function illegalTarget(trip: TripRecord, target: TripStatus): RequestError {
  return new RequestError('TRIP_STATUS_CONFLICT', {
    message: `A trip that is ${trip.status} cannot be set to ${target}.`,
    details: { tripId: trip.id, status: trip.status, version: trip.version },
  });
}

/** A message to nobody would look as if it had been read. */
export function withoutDriver(trip: TripRecord): RequestError {
  return new RequestError('TRIP_STATUS_CONFLICT', {
    message: `The trip is ${trip.status} and has no driver to tell.`,
    details: { tripId: trip.id, status: trip.status, version: trip.version },
  });
}

/** The same for a trip of others, so that nobody learns whether it exists. */
export function tripNotFound(): RequestError {
  return new RequestError('NOT_FOUND', { message: 'There is no such trip.' });
}
