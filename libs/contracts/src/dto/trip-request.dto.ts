import { parseDecimal } from '../decimal.js';
import { RequestError } from '../error-codes.js';
import {
  isLatitude,
  isLongitude,
  wrapLongitude,
  readPoint as readCoordinates,
  type Coordinates,
} from '../point.js';
import { ID_PATTERN } from '../principal.js';
import { cleanText, isWithinCharacters } from '../text.js';
import { MAX_STOPS, PaymentMode, type TripPlace, type TripStop } from '../trip.js';
import { readOneOf } from './field-decorators.js';
import { IDEMPOTENCY_KEY_RULE, readIdempotencyKey } from './idempotency-key.js';

const MAX_TEXT = 300;
/** About ten metres. */
const UNSET_DEGREES = 0.0001;
/** A place that is said twice may be rounded the second time. */
const ROUNDED_DEGREES = 0.0001;

/** `trip:request` and `POST /api/trips` as new clients write them. Degrees, WGS84. */
export interface TripRequestInput {
  pickupPoint: { lat: number; lng: number };
  pickupAddress?: string;
  /** 1 to 10, the dropoff last. */
  stops: readonly {
    point: { lat: number; lng: number };
    address?: string;
    placeId?: string;
    notes?: string;
  }[];
  paymentMode: PaymentMode;
  vehicleCategoryId?: string;
  serviceClassId?: string;
  /** Names this request: the same key again gives the same trip. */
  idempotencyKey?: string;
}

/** `trip:request` and `POST /api/trips`, read. The passenger is the caller; a `passengerId` must agree. */
export class TripRequestDto {
  passengerId: string | null;
  paymentMode: PaymentMode;
  pickup: TripPlace;
  /** In the order of the drive; the last one is the dropoff. */
  stops: TripStop[];
  vehicleCategoryId: string | null;
  serviceClassId: string | null;
  /** Names this request: the same key again gives the same trip. */
  idempotencyKey: string | null;

  /** @throws RequestError VALIDATION_FAILED with a line for each fault */
  static parse(raw: unknown): TripRequestDto {
    const faults: string[] = [];
    const fields = asObject(raw) ?? {};
    const dto = new TripRequestDto();
    dto.passengerId = readId(fields, 'passengerId', faults);
    dto.paymentMode = readPaymentMode(fields['paymentMode'], faults);
    dto.pickup = {
      ...readEither(fields['pickupPoint'], fields['pickup'], 'pickupPoint', faults),
      address: readText(fields['pickupAddress'], 'pickupAddress', faults),
    };
    dto.stops = readStops(fields['stops'], faults);
    dto.vehicleCategoryId = readId(fields, 'vehicleCategoryId', faults);
    dto.serviceClassId = readId(fields, 'serviceClassId', faults);
    dto.idempotencyKey = readKey(fields['idempotencyKey'], faults);
    if (faults.length > 0) throw new RequestError('VALIDATION_FAILED', { details: faults });
    return dto;
  }
}

function readPaymentMode(raw: unknown, faults: string[]): PaymentMode {
  const modes = Object.values(PaymentMode);
  const meant = readOneOf(raw, modes);
  const mode = modes.find((each) => each === meant);
  if (!mode) faults.push(`paymentMode must be one of ${modes.join(', ')}`);
  return mode ?? PaymentMode.cash;
}

function readStops(raw: unknown, faults: string[]): TripStop[] {
  if (!Array.isArray(raw) || raw.length === 0 || raw.length > MAX_STOPS) {
    faults.push(`stops must be 1 to ${MAX_STOPS} places, the dropoff last`);
    return [];
  }
  const stops = raw.map((each, i): TripStop & { seq: number } => {
    const { point, ...stop } = asObject(each) ?? {};
    const name = `stops.${i}`;
    const placeId = readText(stop['placeId'], `${name}.placeId`, faults);
    const notes = readText(stop['notes'], `${name}.notes`, faults);
    return {
      ...readEither(point, stop, `${name}.point`, faults),
      address: readText(stop['address'], `${name}.address`, faults),
      ...(placeId === null ? {} : { placeId }),
      ...(notes === null ? {} : { notes }),
      seq: parseDecimal(stop['seq']) ?? i,
    };
  });
  return stops.toSorted((a, b) => a.seq - b.seq).map(({ seq: _, ...stop }) => stop);
}

/** A point that may stand in two places, and must be about the same in both: the first counts. */
function readEither(one: unknown, other: unknown, name: string, faults: string[]): Coordinates {
  const faultsBefore = faults.length;
  const point = readPoint(one ?? other, name, faults);
  if (isAbsent(one) || isAbsent(other) || faults.length > faultsBefore) return point;
  const otherPoint = readCoordinates(other);
  const isDifferent =
    typeof otherPoint === 'object' ? !isAbout(otherPoint, point) : otherPoint === 'contradiction';
  if (isDifferent) faults.push(differs(name));
  return point;
}

function isAbout(one: Coordinates, other: Coordinates): boolean {
  return (
    Math.abs(one.lat - other.lat) < ROUNDED_DEGREES &&
    Math.abs(wrapLongitude(one.lng - other.lng)) < ROUNDED_DEGREES
  );
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

const differs = (name: string): string =>
  `${name} names a value twice and it differs: send lat and lng once`;

/** In any spelling. Degrees, WGS84. */
function readPoint(raw: unknown, name: string, faults: string[]): Coordinates {
  const point = readCoordinates(raw);
  if (point === 'contradiction') {
    faults.push(differs(name));
    return { lat: 0, lng: 0 };
  }
  const { lat, lng } = point === 'missing' ? { lat: undefined, lng: undefined } : point;
  if (!isLatitude(lat) || !isLongitude(lng))
    faults.push(`${name} must have lat from -90 to 90 and lng from -180 to 180`);
  else if (isUnset(lat, lng))
    faults.push(`${name} must be a place: lat 0 and lng 0 is what apps send that know none`);
  else return { lat: lat + 0, lng: wrapLongitude(lng) };
  return { lat: 0, lng: 0 };
}

/** Open ocean, some metres around the point that stands for "nothing". */
function isUnset(lat: number, lng: number): boolean {
  return Math.abs(lat) < UNSET_DEGREES && Math.abs(wrapLongitude(lng)) < UNSET_DEGREES;
}

function readKey(raw: unknown, faults: string[]): string | null {
  if (raw === undefined || raw === null) return null;
  const key = readIdempotencyKey(raw);
  if (key === undefined) faults.push(`idempotencyKey ${IDEMPOTENCY_KEY_RULE}`);
  return key ?? null;
}

function readText(raw: unknown, name: string, faults: string[]): string | null {
  if (raw === undefined || raw === null) return null;
  if (typeof raw === 'string' && isWithinCharacters(raw, MAX_TEXT)) return cleanText(raw);
  faults.push(`${name} must be a text of at most ${MAX_TEXT} characters`);
  return null;
}

function readId(fields: Record<string, unknown>, name: string, faults: string[]): string | null {
  const raw = fields[name];
  if (raw === undefined || raw === null) return null;
  if (typeof raw === 'string' && ID_PATTERN.test(raw)) return raw;
  faults.push(`${name} must have 1 to 64 letters, digits, _ and -`);
  return null;
}

function asObject(raw: unknown): Record<string, unknown> | undefined {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw)
    ? (raw as Record<string, unknown>)
    : undefined;
}
