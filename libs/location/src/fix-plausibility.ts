import {
  ImplausibleReason,
  isLatitude,
  isLongitude,
  parseInstant,
  wrapLongitude,
  type Fix,
  type FixInput,
} from '#libs/contracts';

export interface PlausibilityLimits {
  maxAccuracyMeters: number;
  maxSpeedMps: number;
  maxFutureMs: number;
  maxAgeMs: number;
}

/** Within this many degrees of (0,0) no taxi drives: it is what phones report before they know. */
const NULL_ISLAND_DEGREES = 0.001;

/** Fixes of one ping without a time of their own are kept in order by a thousandth of a millisecond each. */
const ORDER_STEP_MS = 0.001;

const NEEDS_TIME = { isDateEnough: false };

/**
 * Reads one fix in any of its spellings and judges what can be judged without knowing the driver.
 * @param now time of receipt, epoch ms
 * @param index place of the fix in its ping
 * @param connectionEpoch the newest epoch that this client was given
 */
export function readFix(
  input: FixInput,
  now: number,
  index: number,
  connectionEpoch: number,
  limits: PlausibilityLimits,
): Fix | ImplausibleReason {
  const lat = input.lat ?? input.latitude;
  const givenLng = input.lng ?? input.longitude;
  if (!isFiniteNumber(lat) || !isFiniteNumber(givenLng)) return ImplausibleReason.notAPosition;
  if (!isLatitude(lat) || !isLongitude(givenLng)) return ImplausibleReason.outOfRange;
  const lng = wrapLongitude(givenLng);
  if (Math.abs(lat) < NULL_ISLAND_DEGREES && Math.abs(lng) < NULL_ISLAND_DEGREES) {
    return ImplausibleReason.nullIsland;
  }
  const given = input.lastLocationTimestamp ?? input.ts ?? input.reportedAt ?? input.timestamp;
  const timestamp =
    given === undefined || given === null
      ? now + index * ORDER_STEP_MS
      : parseInstant(given, NEEDS_TIME);
  if (timestamp === undefined) return ImplausibleReason.badTimestamp;
  if (timestamp > now + limits.maxFutureMs) return ImplausibleReason.future;
  if (timestamp < now - limits.maxAgeMs) return ImplausibleReason.tooOld;

  const fix: Fix = { lat, lng, timestamp };
  return (
    readAccuracy(input, fix, limits) ??
    readMotion(input, fix, limits) ??
    readOrder(input, fix, connectionEpoch) ??
    fix
  );
}

function readAccuracy(
  input: FixInput,
  fix: Fix,
  limits: PlausibilityLimits,
): ImplausibleReason | undefined {
  const accuracy = input.accuracy ?? input.accuracyMeters;
  if (accuracy === undefined || accuracy === null) return undefined;
  if (!isFiniteNumber(accuracy)) return ImplausibleReason.badAccuracy;
  if (accuracy > limits.maxAccuracyMeters) return ImplausibleReason.inaccurate;
  // Phones say -1 for "unknown", here and below.
  if (accuracy >= 0) fix.accuracy = accuracy;
  return undefined;
}

function readMotion(
  input: FixInput,
  fix: Fix,
  limits: PlausibilityLimits,
): ImplausibleReason | undefined {
  const { heading, speed } = input;
  if (heading !== undefined && heading !== null) {
    if (!isFiniteNumber(heading) || heading > 360) return ImplausibleReason.badHeading;
    if (heading >= 0) fix.heading = heading;
  }
  if (speed !== undefined && speed !== null) {
    if (!isFiniteNumber(speed)) return ImplausibleReason.badSpeed;
    if (speed > limits.maxSpeedMps) return ImplausibleReason.absurdSpeed;
    if (speed >= 0) fix.speed = speed;
  }
  return undefined;
}

function readOrder(
  input: FixInput,
  fix: Fix,
  connectionEpoch: number,
): ImplausibleReason | undefined {
  const { epoch, sequence } = input;
  if (sequence !== undefined && sequence !== null) {
    if (!Number.isSafeInteger(sequence) || sequence < 0) return ImplausibleReason.badSequence;
    fix.sequence = sequence;
  }
  if (epoch !== undefined && epoch !== null) {
    const known = Number.isSafeInteger(epoch) && epoch >= 1 && epoch <= connectionEpoch;
    if (!known || fix.sequence === undefined) return ImplausibleReason.badSequence;
    fix.epoch = epoch;
  }
  return undefined;
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
