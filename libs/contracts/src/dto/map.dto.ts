import { parseDecimal } from '../decimal.js';
import { RequestError } from '../error-codes.js';
import { readPoint, isLatitude, isLongitude, wrapLongitude } from '../point.js';
import { FeedMode } from '../rooms.js';
import { Latitude, Longitude, OneOf, readFlag } from './field-decorators.js';

/** `nearby:subscribe`: the place around which cars are shown, degrees, in any spelling of readPoint. */
export class NearbySubscribeDto {
  @Latitude()
  lat: number;

  @Longitude()
  lng: number;

  /** @throws RequestError VALIDATION_FAILED */
  static normalize(raw: Record<string, unknown>): { lat: number; lng: number } {
    const point = readPoint(raw);
    if (typeof point === 'object') return point;
    const reason =
      point === 'missing'
        ? 'lat and lng must be numbers of degrees'
        : 'a value is named twice and differs: send lat and lng once';
    throw new RequestError('VALIDATION_FAILED', { details: [reason] });
  }
}

/**
 * Degrees; `west` is greater than `east` where the view crosses the antimeridian. All longitudes are
 * -180 to 180: a view of the whole way around goes from -180 to 180.
 */
export interface ViewportBox {
  west: number;
  south: number;
  east: number;
  north: number;
}

const SIDES = ['west', 'south', 'east', 'north'] as const;
const MAX_ZOOM = 24;
const MOST_SINGLES = 10_000;

/** `admin:viewport:set`: `bbox` as `[west, south, east, north]` or by name, `zoom` as web maps count it. */
export class AdminViewportSetDto {
  bbox: ViewportBox;
  /** 0 shows the world in 256 pixels, each step doubles it. Decides the size of clusters. */
  zoom: number;
  /** More drivers in view than this are shown as clusters; 1,000 when absent. */
  singles?: number;
  /** What is shown stays: of a part of the map that overlaps the last one only what is new there comes. */
  keep?: boolean;

  /** @throws RequestError VALIDATION_FAILED */
  static parse(raw: unknown): AdminViewportSetDto {
    const { bbox, zoom, singles, keep } = (raw ?? {}) as Record<string, unknown>;
    const dto = new AdminViewportSetDto();
    dto.bbox = readBox(bbox);
    dto.zoom = readWithin('zoom', zoom, MAX_ZOOM);
    if (singles != null) dto.singles = readWithin('singles', singles, MOST_SINGLES);
    if (keep != null) {
      const flag = readFlag(keep);
      if (typeof flag !== 'boolean') throw refused('keep must be true or false');
      dto.keep = flag;
    }
    return dto;
  }
}

/** `admin:demand:get`: the part of the map, as for `admin:viewport:set`. */
export class AdminDemandGetDto {
  bbox: ViewportBox;

  /** @throws RequestError VALIDATION_FAILED */
  static parse(raw: unknown): AdminDemandGetDto {
    const dto = new AdminDemandGetDto();
    dto.bbox = readBox(((raw ?? {}) as { bbox?: unknown }).bbox);
    return dto;
  }
}

function readBox(raw: unknown): ViewportBox {
  const named = Array.isArray(raw)
    ? Object.fromEntries(SIDES.map((side, i) => [side, (raw as unknown[])[i]]))
    : ((raw ?? {}) as Record<string, unknown>);
  const [west, south, east, north] = SIDES.map((side) => parseDecimal(named[side]));
  if (!isLongitude(west) || !isLongitude(east)) {
    throw refused('bbox needs west and east in degrees, from -180 to 180');
  }
  if (!isLatitude(south) || !isLatitude(north) || south > north) {
    throw refused('bbox needs south and north from -90 to 90, south first');
  }
  return { ...wrapSides(west, east), south: south + 0, north: north + 0 };
}

/** A map that was scrolled around the world names 170 and 190, or more than the whole way around. */
function wrapSides(west: number, east: number): { west: number; east: number } {
  if (east - west >= 360) return { west: -180, east: 180 };
  const wrapped = { west: wrapLongitude(west), east: wrapLongitude(east) };
  // A view that ends at the antimeridian does not cross it.
  if (wrapped.east === -180 && wrapped.west !== -180) wrapped.east = 180;
  return wrapped;
}

function readWithin(name: string, raw: unknown, most: number): number {
  const value = parseDecimal(raw);
  if (value !== undefined && value >= 0 && value <= most) return value;
  throw refused(`${name} must be a number from 0 to ${most}`);
}

function refused(reason: string): RequestError {
  return new RequestError('VALIDATION_FAILED', { details: [reason] });
}

export class AdminFeedSetDto {
  @OneOf(Object.values(FeedMode))
  mode: FeedMode;
}
