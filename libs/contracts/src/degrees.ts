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
