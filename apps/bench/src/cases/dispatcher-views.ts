import { degrees, latUnitsOf } from '../load/fix-track.js';
import { type Sight } from '../load/ping-scenario.js';
import { type PlannedView } from '../load/viewport-plan.js';

/** Drivers of one district; each of them has a street of its own, one north of the other. */
const IN_DISTRICT = 500;
const DISTRICT_ZOOM = 14;
const CITY_ZOOM = 11;
/** To the north and south a district ends between two streets. */
const HALF_A_STREET = 0.000_05;
/** All streets go east from 12 degrees; drivers cross this meridian after two steps. */
const CROSSED = 12.000_25;
const WEST = 11.9;
const EAST = 12.5;
/** From one district to the next; prime to the number of districts. */
const STRIDE = 7;
const VIEWS_EACH = 4;
const TURN_EVERY_MS = 10_000;
/** Of so many dispatchers one looks at the whole city, as clusters. */
const ONE_CITY_IN = 10;

/**
 * Most dispatchers look at a district, and at another one after some seconds. A third of them sees
 * the whole of it, a third the part that drivers leave meanwhile, a third the part that they enter.
 */
export function dispatcherViews(watchers: number, drivers: number): Sight {
  const districts = Math.max(1, Math.floor(drivers / IN_DISTRICT));
  const city: PlannedView = { box: boxOf(0, drivers, WEST, EAST), zoom: CITY_ZOOM };
  const views = Array.from({ length: watchers }, (_, watcher) =>
    watcher % ONE_CITY_IN === 0
      ? [city]
      : Array.from({ length: VIEWS_EACH }, (__, turn) => {
          const district = (watcher + turn * STRIDE) % districts;
          return districtView(district, watcher % 3);
        }),
  );
  return { kind: 'views', views, turnEveryMs: TURN_EVERY_MS };
}

function districtView(district: number, part: number): PlannedView {
  const west = part === 1 ? CROSSED : WEST;
  const east = part === 2 ? CROSSED : EAST;
  const first = district * IN_DISTRICT;
  return { box: boxOf(first, first + IN_DISTRICT, west, east), zoom: DISTRICT_ZOOM };
}

function boxOf(first: number, end: number, west: number, east: number): PlannedView['box'] {
  return {
    west,
    east,
    south: degrees(latUnitsOf(first)) - HALF_A_STREET,
    north: degrees(latUnitsOf(end)) - HALF_A_STREET,
  };
}
