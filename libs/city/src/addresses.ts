import { latitudeOf, longitudeOf, ShapeKind, type OsmFeature } from './osm-tiles.js';
import { storeLine } from './stored-streets.js';
import { metersBetween, type CityPoint } from './street-graph.js';

/** The house numbers of one street, in the order of their numbers. */
export interface StreetAddresses {
  street: string;
  numbers: string[];
  /** Where each is, see storeLine: millionths of a degree, each relative to the one before. */
  places: number[];
}

/** House numbers of the map by street; a number that is named twice in a street counts once. */
export function readAddresses(features: Iterable<OsmFeature>): StreetAddresses[] {
  const streets = new Map<string, Map<string, CityPoint>>();
  for (const { kind, tags, parts } of features) {
    const street = tags['addr:street'];
    const number = tags['addr:housenumber'];
    const [first] = parts[0] ?? [];
    if (!street || !number || !first || kind === ShapeKind.line) continue;
    let numbers = streets.get(street);
    if (!numbers) streets.set(street, (numbers = new Map()));
    if (!numbers.has(number))
      numbers.set(number, { lat: latitudeOf(first), lng: longitudeOf(first) });
  }
  const byName = [...streets].toSorted(([a], [b]) => a.localeCompare(b, 'es'));
  return byName.map(([street, numbers]) => {
    const sorted = [...numbers].toSorted(([a], [b]) => parseInt(a, 10) - parseInt(b, 10));
    return {
      street,
      numbers: sorted.map(([number]) => number),
      places: storeLine(sorted.map(([, place]) => place)),
    };
  });
}

/** A named part of the city, for labels. */
export interface NamedPlace extends CityPoint {
  name: string;
  kind: string;
}

const PLACES = new Set(['city', 'town', 'suburb', 'neighbourhood', 'village']);
/** The same name so near is the same place, cut by the border of a tile. */
const SAME_PLACE_METERS = 500;

export function readPlaces(features: Iterable<OsmFeature>): NamedPlace[] {
  const places: NamedPlace[] = [];
  for (const { kind, tags, parts } of features) {
    const [first] = parts[0] ?? [];
    const { name, place } = tags;
    if (kind !== ShapeKind.point || !first || !name || !PLACES.has(place ?? '')) continue;
    const point = { lat: latitudeOf(first), lng: longitudeOf(first) };
    const isKnown = places.some(
      (known) => known.name === name && metersBetween(known, point) < SAME_PLACE_METERS,
    );
    if (!isKnown) places.push({ name, kind: place!, ...point });
  }
  return places;
}
