import { Injectable } from '@nestjs/common';
import { coverBox, LocationService, type Point } from '#libs/location';

/** Finds the drivers whose live position lies within a shape that somebody drew on a map. */
@Injectable()
export class DriversInArea {
  constructor(private readonly locations: LocationService) {}

  /**
   * @param corners of the shape in order, at least three; it ends where it begins. Shapes do not
   * cross the antimeridian
   */
  async find(corners: readonly Point[]): Promise<string[]> {
    const lats = corners.map(({ lat }) => lat);
    const lngs = corners.map(({ lng }) => lng);
    const box = {
      south: Math.min(...lats),
      north: Math.max(...lats),
      west: Math.min(...lngs),
      east: Math.max(...lngs),
    };
    const near = await this.locations.within(coverBox(box));
    return near
      .filter(({ position }) => isWithin(corners, position))
      .map(({ driverId }) => driverId);
  }
}

/** Whether a ray to the east crosses the outline an odd number of times. */
export function isWithin(corners: readonly Point[], { lat, lng }: Point): boolean {
  let isInside = false;
  for (const [i, a] of corners.entries()) {
    const b = corners[(i + 1) % corners.length]!;
    if (a.lat > lat === b.lat > lat) continue;
    const crossing = a.lng + ((lat - a.lat) / (b.lat - a.lat)) * (b.lng - a.lng);
    if (lng < crossing) isInside = !isInside;
  }
  return isInside;
}
