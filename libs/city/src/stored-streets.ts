import { StreetGraph, type CityPoint, type Street } from './street-graph.js';

/** A street as it is kept: from, to, decimetres, tenths of a second, name, then its shape. */
type StoredStreet = number[];

/** What a file of streets holds; degrees are kept in millionths, each point relative to the one before. */
export interface StoredStreets {
  names: string[];
  junctions: number[];
  streets: StoredStreet[];
  /** Which of the streets are tunnels, by index. */
  tunnels: number[];
}

const MILLIONTHS = 1e6;
const FIELDS_BEFORE_SHAPE = 5;

export function storeStreets(graph: StreetGraph): StoredStreets {
  return {
    names: [...graph.names],
    junctions: storeLine(graph.junctions),
    streets: graph.streets.map(({ from, to, meters, seconds, name, shape }) => [
      from,
      to,
      Math.round(meters * 10),
      Math.round(seconds * 10),
      name,
      ...storeLine(shape),
    ]),
    tunnels: graph.streets.flatMap(({ isTunnel }, i) => (isTunnel ? [i] : [])),
  };
}

export function restoreStreets({ names, junctions, streets, tunnels }: StoredStreets): StreetGraph {
  const inTunnels = new Set(tunnels);
  const restored = streets.map((stored, i) => restoreStreet(stored, inTunnels.has(i)));
  return new StreetGraph(restoreLine(junctions), restored, names);
}

function restoreStreet(stored: StoredStreet, isTunnel: boolean): Street {
  const [from, to, decimeters, tenths, name] = stored;
  return {
    from: from!,
    to: to!,
    meters: decimeters! / 10,
    seconds: tenths! / 10,
    name: name!,
    shape: restoreLine(stored.slice(FIELDS_BEFORE_SHAPE)),
    isTunnel,
  };
}

export function storeLine(points: readonly CityPoint[]): number[] {
  const stored: number[] = [];
  let before = { lat: 0, lng: 0 };
  for (const point of points) {
    const lat = Math.round(point.lat * MILLIONTHS);
    const lng = Math.round(point.lng * MILLIONTHS);
    stored.push(lat - before.lat, lng - before.lng);
    before = { lat, lng };
  }
  return stored;
}

export function restoreLine(stored: readonly number[]): CityPoint[] {
  const points: CityPoint[] = [];
  let lat = 0;
  let lng = 0;
  for (let i = 0; i < stored.length; i += 2) {
    lat += stored[i]!;
    lng += stored[i + 1]!;
    points.push({ lat: lat / MILLIONTHS, lng: lng / MILLIONTHS });
  }
  return points;
}
