import { type Environment } from '#libs/config';
import { AvailabilityModule, AvailabilityService } from '#libs/drivers';
import { LocationModule, LocationService } from '#libs/location';
import { driverIdOf } from '../load/fix-track.js';
import { withModules } from '../servers/module-context.js';

export interface Place {
  lat: number;
  lng: number;
}

/** Places that are searched and looked at, one east of the other; each has its own drivers. */
export const PLACES: readonly Place[] = Array.from({ length: 10 }, (_, i) => ({
  lat: 41.9,
  lng: 12.5 + i * 0.06,
}));
export const RADIUS_METERS = 2_000;
export const IN_VIEW = 100;

const AT_A_TIME = 500;
const NEAR = PLACES.length * IN_VIEW;
const CENTER = { lat: 41.9, lng: 12.77 };
/** About 700 m around a place. */
const NEAR_DEGREES = 0.006;
/** The others spread over this much around the centre, north and south of the strip with the places. */
const FAR_DEGREES = 1;
const STRIP_DEGREES = 0.05;
/** The golden angle: points that follow it are spread evenly. */
const TURN = Math.PI * (3 - Math.sqrt(5));

/** Stores live drivers: first those around the places, then all others north and south of them. */
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

function placeOf(number: number, count: number): Place {
  if (number < NEAR) {
    const { lat, lng } = PLACES[number % PLACES.length]!;
    const distance = NEAR_DEGREES * Math.sqrt(number / NEAR);
    return {
      lat: lat + distance * Math.sin(number * TURN),
      lng: lng + distance * Math.cos(number * TURN),
    };
  }
  const distance = FAR_DEGREES * Math.sqrt((number - NEAR) / (count - NEAR));
  const north = distance * Math.sin(number * TURN);
  return {
    lat: CENTER.lat + north + Math.sign(north) * STRIP_DEGREES,
    lng: CENTER.lng + distance * Math.cos(number * TURN),
  };
}
