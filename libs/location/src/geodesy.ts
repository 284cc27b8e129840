import { wrapLongitude } from '#libs/contracts';
import { type BoundingBox } from './cell.js';

/** Mean radius of the Earth (IUGG), metres. */
export const EARTH_RADIUS_METERS = 6_371_008.8;
const RADIANS = Math.PI / 180;

export interface Point {
  lat: number;
  lng: number;
}

/** Great-circle distance by the haversine formula, metres. */
export function distanceMeters(a: Point, b: Point): number {
  const sinLat = Math.sin(((b.lat - a.lat) * RADIANS) / 2);
  const sinLng = Math.sin(((b.lng - a.lng) * RADIANS) / 2);
  const h =
    sinLat * sinLat + Math.cos(a.lat * RADIANS) * Math.cos(b.lat * RADIANS) * sinLng * sinLng;
  return 2 * EARTH_RADIUS_METERS * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** The smallest box that holds the circle; the whole band of longitudes where it touches a pole. */
export function boxAround(center: Point, radiusMeters: number): BoundingBox {
  const latSpan = radiusMeters / (EARTH_RADIUS_METERS * RADIANS);
  const south = Math.max(-90, center.lat - latSpan);
  const north = Math.min(90, center.lat + latSpan);
  if (south <= -90 || north >= 90) return { south, north, west: -180, east: 180 };
  const sine = Math.sin(latSpan * RADIANS) / Math.cos(center.lat * RADIANS);
  const lngSpan = sine >= 1 ? 180 : Math.asin(sine) / RADIANS;
  if (lngSpan >= 180) return { south, north, west: -180, east: 180 };
  return {
    south,
    north,
    west: wrapLongitude(center.lng - lngSpan),
    east: wrapLongitude(center.lng + lngSpan),
  };
}
