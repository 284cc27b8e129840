import { readFileSync } from 'node:fs';
import { feature } from 'topojson-client';
import { type GeometryCollection, type Topology } from 'topojson-specification';
import { type CityPoint } from './street-graph.js';

/** `[west, south, east, north]`, degrees. */
export type Box = [number, number, number, number];
type Ring = [number, number][];

/** The fine coast around a city: what lies in the box and is no land is water. */
export interface Coast {
  box: Box;
  /** Polygons of GeoJSON: outer ring first, then holes. */
  land: Ring[][];
}

/** How far around the city the fine coast reaches, degrees. */
const MARGIN_DEGREES = 1;

/**
 * Cuts the land around a city out of the land of the world.
 * @param worldFile `land-10m.json` of world-atlas (Natural Earth, public domain)
 */
export function coastAround(places: readonly CityPoint[], worldFile: string): Coast {
  const lats = places.map(({ lat }) => lat);
  const lngs = places.map(({ lng }) => lng);
  const box: Box = [
    least(lngs) - MARGIN_DEGREES,
    least(lats) - MARGIN_DEGREES,
    -least(lngs.map((lng) => -lng)) + MARGIN_DEGREES,
    -least(lats.map((lat) => -lat)) + MARGIN_DEGREES,
  ];
  const world = JSON.parse(readFileSync(worldFile, 'utf8')) as Topology<{
    land: GeometryCollection;
  }>;
  const land = feature(world, world.objects.land).features.flatMap(({ geometry }) => {
    if (geometry.type === 'Polygon') return [geometry.coordinates];
    return geometry.type === 'MultiPolygon' ? geometry.coordinates : [];
  });
  return {
    box,
    land: land.flatMap((polygon) => {
      const rings = polygon.map((ring) => clipped(ring as Ring, box)).filter(isArea);
      // A hole alone is no land.
      return isArea(clipped(polygon[0] as Ring, box)) ? [rings] : [];
    }),
  };
}

/** The part of a ring within a box, by Sutherland and Hodgman. */
export function clipped(ring: Ring, [west, south, east, north]: Box): Ring {
  const sides: [axis: 0 | 1, bound: number, sign: 1 | -1][] = [
    [0, west, 1],
    [0, east, -1],
    [1, south, 1],
    [1, north, -1],
  ];
  let kept = ring;
  for (const [axis, bound, sign] of sides) {
    const isInside = (point: [number, number]) => (point[axis] - bound) * sign >= 0;
    kept = kept.flatMap((point, i) => {
      const before = kept.at(i - 1)!;
      const crossing =
        isInside(point) === isInside(before) ? [] : [between(before, point, axis, bound)];
      return isInside(point) ? [...crossing, point] : crossing;
    });
  }
  return kept.length > 0 ? [...kept, kept[0]!] : kept;
}

function between(
  from: [number, number],
  to: [number, number],
  axis: 0 | 1,
  bound: number,
): [number, number] {
  const share = (bound - from[axis]) / (to[axis] - from[axis]);
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
}

function isArea(ring: Ring): boolean {
  return ring.length > 3;
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}
