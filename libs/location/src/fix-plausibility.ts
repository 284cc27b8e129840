import {
  ImplausibleReason,
  isLatitude,
  isLongitude,
  nestedPlaceOf,
  parseDecimal,
  parseInstant,
  readPoint,
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

/** September 2001. What lies before it counts from the start of a device, or of an app. */
const EARLIEST_TIME_MS = 1e12;

type TimeOfFix = string | number | undefined;

/** The time that a client gave a fix, or the place within it, as it spelled it; undefined for none. */
export function timeGivenIn(input: FixInput): TimeOfFix {
  const given = timeNamedIn(input) ?? usable(input.time);
  if (given !== undefined) return given;
  const nested = nestedPlaceOf(input as Record<string, unknown>) as FixInput | undefined;
  return nested && usable(timeNamedIn(nested) ?? nested.time);
}

function timeNamedIn({ lastLocationTimestamp, ts, reportedAt, timestamp }: FixInput): TimeOfFix {
  return lastLocationTimestamp ?? ts ?? reportedAt ?? timestamp ?? undefined;
}

/** Old clients say something else under these names too, and their fixes are of the time of receipt. */
function usable(time: TimeOfFix | null): TimeOfFix {
  const instant = parseInstant(time, NEEDS_TIME);
  return instant !== undefined && instant >= EARLIEST_TIME_MS ? time! : undefined;
}

/**
 * Reads one fix in any of its spellings and judges what can be judged without knowing the driver.
 * What it says beside place, time and order is left out where it cannot be used.
 * @param now time of receipt, epoch ms
 * @param index place of the fix in its ping
 * @param connectionEpoch the newest epoch that this client was given
 * @returns with the time of the device, which may be wrong by its clock
 */
export function readFix(
  input: FixInput,
  now: number,
  index: number,
  connectionEpoch: number,
  limits: PlausibilityLimits,
): Fix | ImplausibleReason {
  const fix = readPlace(input, now);
  if (typeof fix === 'string') return fix;
  if (Math.abs(fix.lat) < NULL_ISLAND_DEGREES && Math.abs(fix.lng) < NULL_ISLAND_DEGREES) {
    return ImplausibleReason.nullIsland;
  }
  const given = timeGivenIn(input);
  const timestamp =
    given === undefined ? now + index * ORDER_STEP_MS : parseInstant(given, NEEDS_TIME);
  if (timestamp === undefined) return ImplausibleReason.badTimestamp;
  if (timestamp > now + limits.maxFutureMs) return ImplausibleReason.future;
  if (timestamp < now - limits.maxAgeMs) return ImplausibleReason.tooOld;
  fix.timestamp = timestamp;
  return readMotion(input, fix, limits) ?? readOrder(input, fix, connectionEpoch) ?? fix;
}

function readPlace(input: FixInput, now: number): Fix | ImplausibleReason {
  const point = readPoint(input);
  if (point === 'contradiction') return ImplausibleReason.contradiction;
  if (point === 'missing') return ImplausibleReason.notAPosition;
  if (!isLatitude(point.lat) || !isLongitude(point.lng)) return ImplausibleReason.outOfRange;
  return { lat: point.lat, lng: wrapLongitude(point.lng), timestamp: now };
}

/** Phones say -1 or "N" for "unknown", and a compass may say anything. */
function readMotion(
  input: FixInput,
  fix: Fix,
  limits: PlausibilityLimits,
): ImplausibleReason | undefined {
  const nested = nestedPlaceOf(input as Record<string, unknown>) as FixInput | undefined;
  const accuracy = parseDecimal(
    input.accuracy ?? input.accuracyMeters ?? nested?.accuracy ?? nested?.accuracyMeters,
  );
  if (accuracy !== undefined && accuracy >= 0) {
    if (accuracy > limits.maxAccuracyMeters) return ImplausibleReason.inaccurate;
    fix.accuracy = accuracy;
  }
  const heading = parseDecimal(input.heading ?? nested?.heading);
  if (heading !== undefined && heading >= 0 && heading <= 360) fix.heading = heading;
  const speed = parseDecimal(input.speed ?? nested?.speed);
  if (speed !== undefined && speed >= 0 && speed <= limits.maxSpeedMps) fix.speed = speed;
  return undefined;
}

function readOrder(
  input: FixInput,
  fix: Fix,
  connectionEpoch: number,
): ImplausibleReason | undefined {
  if (input.sequence !== undefined && input.sequence !== null) {
    const sequence = parseDecimal(input.sequence);
    if (!isCount(sequence)) return ImplausibleReason.badSequence;
    fix.sequence = sequence;
  }
  if (input.epoch !== undefined && input.epoch !== null) {
    const epoch = parseDecimal(input.epoch);
    const isKnown = isCount(epoch) && epoch >= 1 && epoch <= connectionEpoch;
    if (!isKnown || fix.sequence === undefined) return ImplausibleReason.badSequence;
    fix.epoch = epoch;
  }
  return undefined;
}

function isCount(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && value! >= 0;
}
