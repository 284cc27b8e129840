import { NO_SURGE_BASIS_POINTS, type FareBreakdown, type WaitingSurcharge } from '#libs/contracts';
import { assertAmount, assertSurge, proportionOf, toWholeQuantity } from './exact-amounts.js';

/** The prices of rides; amounts are whole minor units of `currency`. */
export interface FarePolicy {
  /** ISO 4217, e.g. EUR. */
  currency: string;
  base: number;
  perKm: number;
  perMinute: number;
  /** What base, distance, time and surge cost together at least. */
  minimum: number;
  /** For each minute that has started after the free period. */
  waitingPerMinute: number;
  /** How long a driver waits at the pickup at no charge. */
  waitingFreeMs: number;
}

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

/**
 * What waiting at the pickup costs at `now`, and when it next costs more. Free for the first
 * `waitingFreeMs`; then a minute is charged in full from its first millisecond on.
 * @param arrivedAt when the driver arrived, epoch milliseconds
 * @param now epoch milliseconds; a clock behind `arrivedAt` counts as no waiting
 * @throws RangeError for times that are no numbers
 */
export function waitingSurcharge(
  policy: FarePolicy,
  arrivedAt: number,
  now: number,
): WaitingSurcharge {
  const arrival = toWholeQuantity('The arrival', arrivedAt);
  // A fraction of a millisecond has not passed yet: rounding it up would charge a minute early.
  const time = toWholeQuantity('The time', Math.floor(now));
  const chargedMinutes = startedMinutes(policy, Math.max(0, time - arrival));
  const isCharged = policy.waitingPerMinute > 0;
  return {
    amount: proportionOf(policy.waitingPerMinute, chargedMinutes, 1),
    chargedMinutes,
    nextWaitingStepAt: isCharged
      ? arrival + policy.waitingFreeMs + chargedMinutes * MS_PER_MINUTE + 1
      : null,
  };
}

/** @throws RangeError when the waiting is not a number, 0 or more */
export function waitingAmount(policy: FarePolicy, waitingMs: number): number {
  const wholeMs = toWholeQuantity('The waiting in milliseconds', waitingMs);
  return proportionOf(policy.waitingPerMinute, startedMinutes(policy, wholeMs), 1);
}

function startedMinutes({ waitingFreeMs }: FarePolicy, waitingMs: number): number {
  return Math.ceil(Math.max(0, waitingMs - waitingFreeMs) / MS_PER_MINUTE);
}
