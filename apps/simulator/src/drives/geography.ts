/** Mean metres of one degree of latitude. */
const METERS_PER_DEGREE = 111_195;
const RADIANS = Math.PI / 180;

export interface Point {
  lat: number;
  lng: number;
}

/** Metres on a plane; good for the size of a city. */
export function distanceMeters(from: Point, to: Point): number {
  const { north, east } = offsetMeters(from, to);
  return Math.hypot(north, east);
}

/** Degrees clockwise from north, 0 to 360. */
export function bearingDegrees(from: Point, to: Point): number {
  const { north, east } = offsetMeters(from, to);
  return wrapDegrees(Math.atan2(east, north) / RADIANS);
}

export function moved(from: Point, headingDegrees: number, meters: number): Point {
  const north = Math.cos(headingDegrees * RADIANS) * meters;
  const east = Math.sin(headingDegrees * RADIANS) * meters;
  return {
    lat: from.lat + north / METERS_PER_DEGREE,
    lng: from.lng + east / (METERS_PER_DEGREE * Math.cos(from.lat * RADIANS)),
  };
}

export function wrapDegrees(degrees: number): number {
  return ((degrees % 360) + 360) % 360;
}

/** The smaller way round from one heading to another, -180 to 180. */
export function turnDegrees(from: number, to: number): number {
  return wrapDegrees(to - from + 180) - 180;
}

function offsetMeters(from: Point, to: Point): { north: number; east: number } {
  return {
    north: (to.lat - from.lat) * METERS_PER_DEGREE,
    east: (to.lng - from.lng) * METERS_PER_DEGREE * Math.cos(from.lat * RADIANS),
  };
}

/** So many metres on the straight way to a place, at most as far as there. */
export function towards(from: Point, to: Point, meters: number): Point {
  const distance = distanceMeters(from, to);
  if (distance <= meters) return { lat: to.lat, lng: to.lng };
  const share = meters / distance;
  return {
    lat: from.lat + (to.lat - from.lat) * share,
    lng: from.lng + (to.lng - from.lng) * share,
  };
}
