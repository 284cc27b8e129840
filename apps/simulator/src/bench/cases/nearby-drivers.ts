import { AvailabilityModule, AvailabilityService } from '#libs/availability';
import { type Environment } from '#libs/config';
import { LocationModule, LocationService } from '#libs/location';
import { driverIdOf } from '../load/fix-track.js';
import { withModules } from '../servers/module-context.js';

export const CENTER = { lat: 41.9, lng: 12.5 };
export const RADIUS_METERS = 2_000;
export const IN_VIEW = 100;

const AT_A_TIME = 500;
/** About 700 m around the centre. */
const NEAR_DEGREES = 0.006;
/** The others spread over this much around it, from the edge of the view on. */
const FAR_DEGREES = 1;
const EDGE_DEGREES = 0.06;
/** The golden angle: points that follow it are spread evenly. */
const TURN = Math.PI * (3 - Math.sqrt(5));

/** Stores live drivers: as many near the centre as are to be in view, all others around them. */
export function storeDrivers(environment: Environment, count: number): Promise<void> {
  return withModules(environment, [LocationModule, AvailabilityModule], async (app) => {
    const locations = app.get(LocationService, { strict: false });
    const availability = app.get(AvailabilityService, { strict: false });
    for (let first = 0; first < count; first += AT_A_TIME) {
      const last = Math.min(count, first + AT_A_TIME);
      const numbers = Array.from({ length: last - first }, (_, i) => first + i);
      await Promise.all(
        numbers.map(async (number) => {
          const driverId = driverIdOf(number);
          await availability.connect(driverId);
          await locations.record(driverId, [placeOf(number, count)], 0);
        }),
      );
    }
  });
}

function placeOf(number: number, count: number): { lat: number; lng: number } {
  const isNear = number < IN_VIEW;
  const share = isNear ? number / IN_VIEW : (number - IN_VIEW) / Math.max(1, count - IN_VIEW);
  const distance = isNear
    ? NEAR_DEGREES * Math.sqrt(share)
    : EDGE_DEGREES + (FAR_DEGREES - EDGE_DEGREES) * Math.sqrt(share);
  return {
    lat: CENTER.lat + distance * Math.sin(number * TURN),
    lng: CENTER.lng + distance * Math.cos(number * TURN),
  };
}
