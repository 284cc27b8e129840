import { randomUUID } from 'node:crypto';
import {
  DriversRequest,
  PassengersRequest,
  TripStatus,
  type TripFact,
  type TripOffered,
  type TripView,
} from '#libs/contracts';
import { distanceMeters, moved, type Point } from '../../drives/geography.js';
import { CheckFailure, short, type CheckSocket, ping } from '../check-socket.js';
import { type TripWitness } from './trip-witness.js';

const STEP_METERS = 60;
const STEP_INTERVAL_MS = 250;

/** A driver's app in a check. */
export interface Cab {
  driverId: string;
  witness: TripWitness;
  /** Where it said that it is. */
  place: Point;
}

/** Everybody who plays a trip. */
export interface TripCast {
  passenger: TripWitness;
  admin: TripWitness;
  cab: Cab;
  /** Undefined when there is one driver's token only. */
  otherCab: Cab | undefined;
}

/** @returns the trip as the ack shows it */
export async function requestTrip(
  passenger: CheckSocket,
  pickup: Point,
  dropoff: Point,
  idempotencyKey: string = randomUUID(),
): Promise<TripView> {
  const trip = await passenger.request(PassengersRequest.tripRequest, {
    paymentMode: 'cash',
    pickupPoint: pickup,
    pickupAddress: 'Pickup of the check',
    stops: [{ point: dropoff, address: 'Dropoff of the check' }],
    idempotencyKey,
  });
  return readTrip(trip, TripStatus.assigning);
}

/** @throws CheckFailure when an ack is not the trip in this status */
export function readTrip(data: unknown, status: TripStatus): TripView {
  const trip = data as Partial<TripView> | undefined;
  if (typeof trip?.tripId !== 'string' || trip.id !== trip.tripId) {
    throw new CheckFailure(`The ack shows no trip: ${short(data)}`);
  }
  if (trip.status !== status || trip.currentStatus !== status) {
    throw new CheckFailure(`The trip is ${trip.status ?? 'in no status'}, not ${status}.`);
  }
  return trip as TripView;
}

/** @throws CheckFailure that names the field which is something else */
export function expectFields(fact: TripFact, expected: Record<string, unknown>): void {
  const fields = fact as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(expected)) {
    if (fields[name] === value) continue;
    throw new CheckFailure(`${name} is ${short(fields[name])}, not ${short(value)}.`);
  }
}

/** The offer of a trip to this driver; the app confirms every offer by itself. */
export async function offerTo(cab: Cab, tripId: string): Promise<TripOffered> {
  const fact = await cab.witness.expect(tripId, 'trip:assignment:offered');
  expectFields(fact, { driverId: cab.driverId, tripId });
  return fact as TripOffered;
}

export async function goAvailable(cab: Cab): Promise<void> {
  await cab.witness.socket.request(DriversRequest.statusUpdate, {
    availabilityStatus: 'AVAILABLE',
  });
  await ping(cab.witness.socket, cab.place.lat, cab.place.lng);
}

/** One position after the other along the straight line, as a car would send them. */
export async function drive(cab: Cab, to: Point): Promise<number> {
  let sent = 0;
  while (distanceMeters(cab.place, to) > 0.5) {
    await new Promise((resolve) => setTimeout(resolve, STEP_INTERVAL_MS));
    cab.place = towards(cab.place, to, STEP_METERS);
    await ping(cab.witness.socket, cab.place.lat, cab.place.lng);
    sent += 1;
  }
  return sent;
}

function towards(from: Point, to: Point, meters: number): Point {
  const share = Math.min(1, meters / distanceMeters(from, to));
  return {
    lat: from.lat + (to.lat - from.lat) * share,
    lng: from.lng + (to.lng - from.lng) * share,
  };
}

/** So many metres from a place, degrees clockwise from north. */
export function placeAt(from: Point, headingDegrees: number, meters: number): Point {
  const { lat, lng } = moved(from, headingDegrees, meters);
  return { lat: Number(lat.toFixed(6)), lng: Number(lng.toFixed(6)) };
}
