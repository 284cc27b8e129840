import {
  type FillLayerSpecification,
  type LineLayerSpecification,
  type StyleSpecification,
} from 'maplibre-gl';
import basemapUrl from 'city-files/basemap.json?url';
import coastUrl from 'city-files/coast.json?url';
import placesUrl from 'city-files/places.json?url';
import { feature } from 'topojson-client';
import landUrl from 'world-atlas/land-110m.json?url';

/** As the launcher cuts it out: a box, and what of it is land. */
interface Coast {
  box: [number, number, number, number];
  land: number[][][][];
}

interface NamedPlace {
  name: string;
  kind: string;
  lat: number;
  lng: number;
}

/** Widths of roads at zooms 10 and 17, pixels. */
const ROADS = [
  { kind: 'service', from: 14, widths: [0.3, 3] },
  { kind: 'street', from: 12, widths: [0.4, 8] },
  { kind: 'middle', from: 11, widths: [0.6, 10] },
  { kind: 'main', from: 9, widths: [1, 13] },
  { kind: 'highway', from: 7, widths: [1.4, 15] },
] as const;

/** The map of the demo city in the colours of the page, with land around it; nothing is asked of other servers. */
export async function basemapStyle(): Promise<StyleSpecification> {
  const styles = getComputedStyle(document.documentElement);
  const color = (name: string): string => styles.getPropertyValue(name).trim();
  const [land, coast, places] = await Promise.all([readLand(), readCoast(), readPlaces()]);
  return {
    version: 8,
    sources: {
      land: { type: 'geojson', data: land },
      coast: { type: 'geojson', data: coast },
      city: { type: 'geojson', data: basemapUrl, tolerance: 0.6 },
      places: { type: 'geojson', data: places },
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': color('--map-water') } },
      { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': color('--map-land') } },
      {
        id: 'coast',
        type: 'fill',
        source: 'coast',
        paint: {
          'fill-color': [
            'match',
            ['get', 'class'],
            'land',
            color('--map-land'),
            color('--map-water'),
          ],
          'fill-antialias': false,
        },
      },
      builtUp(color('--map-land')),
      area('green', color('--map-green')),
      area('sand', color('--map-sand')),
      area('water', color('--map-water')),
      ...ROADS.map((road) =>
        roadLayer(road, color(road.kind === 'highway' ? '--map-highway' : '--map-road')),
      ),
      {
        id: 'street-names',
        type: 'symbol',
        source: 'city',
        minzoom: 14.5,
        filter: ['has', 'name'],
        layout: {
          'symbol-placement': 'line',
          'text-field': ['get', 'name'],
          'text-font': ['Noto Sans'],
          'text-size': 11,
        },
        paint: {
          'text-color': color('--map-label'),
          'text-halo-color': color('--map-halo'),
          'text-halo-width': 1.4,
        },
      },
      {
        id: 'place-names',
        type: 'symbol',
        source: 'places',
        minzoom: 10,
        maxzoom: 15,
        layout: {
          'text-field': ['get', 'name'],
          'text-font': ['Noto Sans'],
          'text-size': ['match', ['get', 'kind'], 'city', 18, 'town', 14, 'suburb', 12, 11],
        },
        paint: {
          'text-color': color('--map-label'),
          'text-halo-color': color('--map-halo'),
          'text-halo-width': 1.6,
        },
      },
    ],
  };
}

function roadLayer(
  { kind, from, widths: [narrow, wide] }: (typeof ROADS)[number],
  color: string,
): LineLayerSpecification {
  return {
    id: kind,
    type: 'line',
    source: 'city',
    minzoom: from,
    filter: ['==', ['get', 'class'], kind],
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: {
      'line-color': color,
      'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 10, narrow, 17, wide],
    },
  };
}

/** The coast of the world is coarse: where there are streets there is land, 100 m to each side. */
function builtUp(color: string): LineLayerSpecification {
  return {
    id: 'built-up',
    type: 'line',
    source: 'city',
    minzoom: 10,
    filter: ['all', ['==', ['geometry-type'], 'LineString'], ['!=', ['get', 'class'], 'service']],
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: {
      'line-color': color,
      'line-width': ['interpolate', ['exponential', 2], ['zoom'], 10, 3.2, 19, 1_640],
    },
  };
}

function area(kind: string, color: string): FillLayerSpecification {
  return {
    id: `area-${kind}`,
    type: 'fill',
    source: 'city',
    filter: ['==', ['get', 'class'], kind],
    paint: { 'fill-color': color },
  };
}

async function readLand(): Promise<GeoJSON.FeatureCollection> {
  const topology = await (await fetch(landUrl)).json();
  return feature(topology, topology.objects.land) as unknown as GeoJSON.FeatureCollection;
}

/** All of the box as water, and the land of it above. */
async function readCoast(): Promise<GeoJSON.FeatureCollection> {
  const { box, land } = (await (await fetch(coastUrl)).json()) as Coast;
  const [west, south, east, north] = box;
  const water = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return {
    type: 'FeatureCollection',
    features: [areaOf('water', [water]), ...land.map((polygon) => areaOf('land', polygon))],
  };
}

function areaOf(kind: string, coordinates: number[][][]): GeoJSON.Feature {
  return {
    type: 'Feature',
    properties: { class: kind },
    geometry: { type: 'Polygon', coordinates },
  };
}

async function readPlaces(): Promise<GeoJSON.FeatureCollection> {
  const places = (await (await fetch(placesUrl)).json()) as NamedPlace[];
  return {
    type: 'FeatureCollection',
    features: places.map(({ name, kind, lat, lng }) => ({
      type: 'Feature',
      properties: { name, kind },
      geometry: { type: 'Point', coordinates: [lng, lat] },
    })),
  };
}
