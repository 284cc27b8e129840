import { parseDecimal } from './decimal.js';

/**
 * Maps that scroll around the world give longitudes beyond 180, other programs count from 0 to 360.
 * A turn more to either side is read; what is farther out is no longitude but another unit.
 */
const FARTHEST_LONGITUDE = 540;

export function isLatitude(value: unknown): value is number {
  return typeof value === 'number' && value >= -90 && value <= 90;
}

/** What `wrapLongitude` is for; it need not lie between -180 and 180 yet. */
export function isLongitude(value: unknown): value is number {
  return typeof value === 'number' && value >= -FARTHEST_LONGITUDE && value <= FARTHEST_LONGITUDE;
}

/**
 * The one spelling of a longitude, from -180 and below 180. Whatever takes a place or a box goes
 * through here once: one meridian has one number, and -0 is 0.
 */
export function wrapLongitude(lng: number): number {
  if (lng >= -180 && lng < 180) return lng + 0;
  return ((((lng + 180) % 360) + 360) % 360) - 180 + 0;
}

export interface Coordinates {
  /** Degrees, WGS84; not checked for their range. */
  lat: number;
  lng: number;
}

/** Why no point was read: a value is missing or no number, or two spellings of one value differ. */
export type PointFault = 'missing' | 'contradiction';

/** Where clients put a point within an object. */
const NESTED = ['coords', 'location', 'lastLocation', 'point', 'position'] as const;

/**
 * Reads a point in any spelling: `lat` and `lng`, `latitude` and `longitude`, either of them in
 * `coords`, `location` and the like, or a GeoJSON Point. Numbers may be text. What is said twice must agree.
 */
export function readPoint(raw: unknown): Coordinates | PointFault {
  if (!isObject(raw)) return 'missing';
  const usual = readUsual(raw);
  if (usual) return usual;
  const found: (Coordinates | PointFault)[] = [];
  addFlat(raw, found);
  addGeoJson(raw, found);
  for (const name of NESTED) {
    const nested = raw[name];
    if (!isObject(nested)) continue;
    addFlat(nested, found);
    addGeoJson(nested, found);
  }
  const [first = 'missing', ...others] = found;
  if (typeof first === 'string') return first;
  for (const other of others) {
    if (typeof other === 'string') return other;
    if (other.lat !== first.lat || other.lng !== first.lng) return 'contradiction';
  }
  return first;
}

/** What nearly all clients send, and send all the time: two numbers, and nothing that could differ from them. */
function readUsual(raw: Record<string, unknown>): Coordinates | undefined {
  const { lat, lng, latitude, longitude, coordinates } = raw;
  if (!Number.isFinite(lat) || !Number.isFinite(lng)) return undefined;
  if (latitude !== undefined || longitude !== undefined || coordinates !== undefined)
    return undefined;
  return nestedPlaceOf(raw) ? undefined : { lat: lat as number, lng: lng as number };
}

/** The object in which a client put the point of this one, with what it measured besides. */
export function nestedPlaceOf(raw: Record<string, unknown>): Record<string, unknown> | undefined {
  for (const name of NESTED) {
    const nested = raw[name];
    if (isObject(nested)) return nested;
  }
  return undefined;
}

function addFlat(raw: Record<string, unknown>, found: (Coordinates | PointFault)[]): void {
  const { lat, latitude, lng, longitude } = raw;
  if (isAbsent(lat) && isAbsent(latitude) && isAbsent(lng) && isAbsent(longitude)) return;
  const [one, other] = [agreed(lat, latitude), agreed(lng, longitude)];
  if (one === 'contradiction' || other === 'contradiction') found.push('contradiction');
  else if (one === 'missing' || other === 'missing') found.push('missing');
  else found.push({ lat: one, lng: other });
}

function addGeoJson(raw: Record<string, unknown>, found: (Coordinates | PointFault)[]): void {
  const { coordinates } = raw;
  if (!Array.isArray(coordinates)) return;
  const lng = parseDecimal(coordinates[0]);
  const lat = parseDecimal(coordinates[1]);
  found.push(lat === undefined || lng === undefined ? 'missing' : { lat, lng });
}

function agreed(one: unknown, other: unknown): number | PointFault {
  if (isAbsent(one)) return parseDecimal(other) ?? 'missing';
  const value = parseDecimal(one);
  if (value === undefined) return 'missing';
  return isAbsent(other) || parseDecimal(other) === value ? value : 'contradiction';
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
