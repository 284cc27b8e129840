import { NO_SURGE_BASIS_POINTS, type FareBreakdown } from '#libs/contracts';
import { assertAmount, assertSurge, proportionOf, toWholeQuantity } from './exact-amounts.js';
import { type FarePolicy } from './fare-policy.js';
import { waitingAmount } from './waiting-surcharge.js';

const METERS_PER_KM = 1_000;
const MS_PER_MINUTE = 60_000;

/** What is known of a ride before it is driven. */
export interface ExpectedRide {
  distanceMeters: number;
  durationMs: number;
  /** 10000 is 1.0x. */
  surgeBasisPoints: number;
}

/** What is known of a ride once it is over. */
export interface CompletedRide extends ExpectedRide {
  /** From the driver's arrival at the pickup to the start. */
  waitingMs: number;
  /** Minor units, e.g. tolls. */
  extraFees: number;
}

/** @throws RangeError for numbers that no ride has: NaN, negative, too large */
export function estimateFare(policy: FarePolicy, ride: ExpectedRide): FareBreakdown {
  return finalFare(policy, { ...ride, waitingMs: 0, extraFees: 0 });
}

/**
 * Rounds half up, once at the end of each line: distance, time and surge. Surge multiplies base,
 * distance and time; the minimum holds for these four. Waiting and extra fees come on top of it,
 * untouched by surge.
 * @param ride its surge is the one that was fixed when the trip was requested
 * @throws RangeError for numbers that no ride has: NaN, negative, too large
 */
export function finalFare(policy: FarePolicy, ride: CompletedRide): FareBreakdown {
  const { surgeBasisPoints, extraFees } = ride;
  assertSurge(surgeBasisPoints);
  assertAmount('Extra fees', extraFees);
  const distanceMeters = toWholeQuantity('The distance in metres', ride.distanceMeters);
  const durationMs = toWholeQuantity('The duration in milliseconds', ride.durationMs);
  const distance = proportionOf(policy.perKm, distanceMeters, METERS_PER_KM);
  const time = proportionOf(policy.perMinute, durationMs, MS_PER_MINUTE);
  const unsurged = policy.base + distance + time;
  assertAmount('Base, distance and time', unsurged);
  const added = surgeBasisPoints - NO_SURGE_BASIS_POINTS;
  const surge = proportionOf(unsurged, added, NO_SURGE_BASIS_POINTS);
  const minimumTopUp = Math.max(0, policy.minimum - unsurged - surge);
  const waiting = waitingAmount(policy, ride.waitingMs);
  const total = unsurged + surge + minimumTopUp + waiting + extraFees;
  assertAmount('The total', total);
  return {
    currency: policy.currency,
    base: policy.base,
    distance,
    time,
    surge,
    waiting,
    extra: extraFees,
    minimumTopUp,
    total,
    surgeBasisPoints,
    distanceMeters,
    durationMs,
  };
}
