import { MAX_STOPS } from '#libs/contracts/browser';
import { readPlace, writePlace, type Place } from '../places/place.js';

/** Where a trip goes, the dropoff last; never empty. One that is not chosen yet is undefined. */
export type Stops = readonly (Place | undefined)[];

const BETWEEN = '|';
const NOT_CHOSEN = '-';

/** @param to the dropoff, @param via the stops before it, as they stand in the address of the page */
export function readStops(to: string | null, via: string | null): Stops {
  const before = via ? via.split(BETWEEN).slice(0, MAX_STOPS - 1) : [];
  return [...before.map(readPlace), readPlace(to)];
}

export function writeStops(stops: Stops): { to: string; via: string } {
  return {
    to: writePlace(stops.at(-1)),
    via: stops
      .slice(0, -1)
      .map((stop) => writePlace(stop).replaceAll(BETWEEN, '/') || NOT_CHOSEN)
      .join(BETWEEN),
  };
}

/** One more before the dropoff, not chosen yet; the same where there are as many as a trip may have. */
export function withOneMore(stops: Stops): Stops {
  return stops.length < MAX_STOPS ? stops.toSpliced(-1, 0, undefined) : stops;
}

/** Changes places with the one before it (-1) or behind it (1); the same at the ends. */
export function moved(stops: Stops, index: number, by: -1 | 1): Stops {
  const other = index + by;
  if (other < 0 || other >= stops.length) return stops;
  return stops.with(index, stops[other]).with(other, stops[index]);
}

/** Without one of them; the last one that is left is emptied. */
export function without(stops: Stops, index: number): Stops {
  return stops.length > 1 ? stops.toSpliced(index, 1) : [undefined];
}
