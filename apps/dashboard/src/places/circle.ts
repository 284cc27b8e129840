const CORNERS = 32;
const METERS_PER_DEGREE = 111_320;

/** The corners of what is nearly a circle, exact enough for a city. Degrees and metres. */
export function circleAround(
  { lat, lng }: { lat: number; lng: number },
  radiusMeters: number,
): { lat: number; lng: number }[] {
  const north = radiusMeters / METERS_PER_DEGREE;
  const east = north / Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: CORNERS }, (_, i) => {
    const angle = (i / CORNERS) * 2 * Math.PI;
    return { lat: lat + north * Math.cos(angle), lng: lng + east * Math.sin(angle) };
  });
}
