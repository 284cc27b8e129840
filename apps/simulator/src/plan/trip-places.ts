import { type StreetGraph } from '#libs/city';
import { distanceMeters, moved, type Point } from '../drives/geography.js';
import { between, type Chance } from './chance.js';
import { type Hotspots } from './hotspots.js';

/** A place with what people call it, where that is known. */
export interface NamedPoint extends Point {
  address?: string;
}

export interface TripEnds {
  pickup: NamedPoint;
  dropoff: NamedPoint;
}

/** Trips that go from where people are to where they want to be, wherever the cars are. */
interface TripsByHour {
  /** Between the requests of one passenger when the city is busiest. */
  meanGapMs: number;
  /** @param hour 0 to 24 */
  endsAt(chance: Chance, hour: number): TripEnds;
}

/** Trips that begin near some car, and end within a minute. */
interface TripsNearCars {
  meanGapMs: number;
  endsNear(car: Point, chance: Chance): TripEnds;
}

export type TripPlaces = TripsByHour | TripsNearCars;

const SHORT_GAP_MS = 20_000;
const CITY_GAP_MS = 720_000;
const SHORTEST_METERS = 800;
const LONGEST_METERS = 9_000;
const TRIES = 12;
const PICKUP_METERS = 150;
const SHORT_RIDE_METERS = 450;

export function cityTrips(graph: StreetGraph, hotspots: Hotspots): TripsByHour {
  return {
    meanGapMs: CITY_GAP_MS,
    endsAt: (chance, hour) => {
      const pickup = cornerOf(graph, hotspots.choose(chance, 'from', hour));
      let dropoff = pickup;
      for (let tries = 0; tries < TRIES; tries += 1) {
        dropoff = cornerOf(graph, hotspots.choose(chance, 'to', hour));
        const meters = distanceMeters(pickup, dropoff);
        if (meters >= SHORTEST_METERS && meters <= LONGEST_METERS) break;
      }
      return { pickup, dropoff };
    },
  };
}

/** Along streets: people stand and get off at junctions. */
export function shortStreetTrips(graph: StreetGraph): TripsNearCars {
  return {
    meanGapMs: SHORT_GAP_MS,
    endsNear: (car, chance) => {
      const pickup = driveFrom(graph, car, PICKUP_METERS, chance);
      return { pickup, dropoff: driveFrom(graph, pickup, SHORT_RIDE_METERS, chance) };
    },
  };
}

/** Where no streets are known. */
export function shortTrips(): TripsNearCars {
  return {
    meanGapMs: SHORT_GAP_MS,
    endsNear: (car, chance) => {
      const pickup = rounded(moved(car, chance() * 360, between(chance, 30, 130)));
      const dropoff = rounded(moved(pickup, chance() * 360, between(chance, 150, 330)));
      return { pickup, dropoff };
    },
  };
}

/** Where a car that turns as it likes is after so many metres, at a junction. */
function driveFrom(graph: StreetGraph, place: Point, meters: number, chance: Chance): NamedPoint {
  let junction = graph.nearestJunction(place);
  let before = -1;
  for (let driven = 0; driven < meters;) {
    const ways = graph.streetsFrom(junction);
    const ahead = ways.filter(({ to }) => to !== before);
    const choice = ahead.length > 0 ? ahead : ways;
    const street = choice[Math.floor(chance() * choice.length)]!;
    before = junction;
    junction = street.to;
    driven += street.meters;
  }
  return cornerOf(graph, junction);
}

/** As people of Montevideo say it: `Yaro y Maldonado`. */
function cornerOf(graph: StreetGraph, junction: number): NamedPoint {
  const { lat, lng } = graph.junctions[junction]!;
  const names = new Set(graph.streetsFrom(junction).map(({ name }) => graph.names[name]!));
  const address = [...names]
    .filter((name) => name !== '')
    .slice(0, 2)
    .join(' y ');
  return { lat, lng, ...(address ? { address } : {}) };
}

function rounded({ lat, lng }: Point): Point {
  return { lat: Number(lat.toFixed(6)), lng: Number(lng.toFixed(6)) };
}
