import { latitudeOf, longitudeOf, ShapeKind, type OsmFeature, type Vertex } from './osm-tiles.js';

/** GeoJSON as far as the basemap has it. */
export interface BasemapFeature {
  type: 'Feature';
  properties: { class: string; name?: string };
  geometry:
    | { type: 'LineString'; coordinates: number[][] }
    | { type: 'Polygon'; coordinates: number[][][] };
}

/** Classes of roads from the widest to the narrowest. */
const ROADS: Readonly<Record<string, string>> = {
  motorway: 'highway',
  trunk: 'highway',
  primary: 'main',
  secondary: 'main',
  tertiary: 'middle',
  motorway_link: 'middle',
  trunk_link: 'middle',
  primary_link: 'middle',
  secondary_link: 'middle',
  tertiary_link: 'middle',
  residential: 'street',
  unclassified: 'street',
  living_street: 'street',
  pedestrian: 'street',
  service: 'service',
};
const GREEN = new Set([
  'grass',
  'recreation_ground',
  'forest',
  'meadow',
  'park',
  'garden',
  'cemetery',
]);
const WATER = new Set(['water', 'wetland']);
/** Smaller areas are not seen at the zooms of a city, square metres. */
const SMALLEST_AREA = 1_500;
const METERS_PER_DEGREE = 111_195;

/** Roads, parks and ponds to draw below the cars. The map has no coastline. */
export function basemapOf(features: Iterable<OsmFeature>): BasemapFeature[] {
  const drawn: BasemapFeature[] = [];
  for (const { kind, tags, parts } of features) {
    const road = ROADS[tags['highway'] ?? ''];
    if (kind === ShapeKind.line && road) {
      const properties = { class: road, ...(tags['name'] ? { name: tags['name'] } : {}) };
      for (const part of parts)
        drawn.push({
          type: 'Feature',
          properties,
          geometry: { type: 'LineString', coordinates: part.map(positionOf) },
        });
    }
    const area = kind === ShapeKind.area ? areaClassOf(tags) : undefined;
    if (!area) continue;
    for (const part of parts) {
      const ring = part.map(positionOf);
      if (squareMetersOf(ring) < SMALLEST_AREA) continue;
      drawn.push({
        type: 'Feature',
        properties: { class: area },
        geometry: { type: 'Polygon', coordinates: [ring] },
      });
    }
  }
  return drawn;
}

function areaClassOf(tags: Readonly<Record<string, string>>): string | undefined {
  if (WATER.has(tags['natural'] ?? '')) return 'water';
  if (tags['natural'] === 'sand' || tags['natural'] === 'beach') return 'sand';
  const isGreen = [tags['landuse'], tags['leisure']].some((use) => GREEN.has(use ?? ''));
  return isGreen ? 'green' : undefined;
}

function positionOf(vertex: Vertex): number[] {
  return [rounded(longitudeOf(vertex)), rounded(latitudeOf(vertex))];
}

/** To a metre. */
function rounded(degrees: number): number {
  return Math.round(degrees * 1e5) / 1e5;
}

/** By the shoelace formula on a plane. */
function squareMetersOf(ring: readonly number[][]): number {
  let doubled = 0;
  for (let i = 0; i < ring.length; i += 1) {
    const [x1, y1] = ring[i]!;
    const [x2, y2] = ring[(i + 1) % ring.length]!;
    doubled += x1! * y2! - x2! * y1!;
  }
  const width = Math.cos(((ring[0]?.[1] ?? 0) * Math.PI) / 180);
  return (Math.abs(doubled) / 2) * METERS_PER_DEGREE ** 2 * width;
}
