import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAddresses, readPlaces } from './addresses.js';
import { basemapOf } from './basemap.js';
import { coastAround } from './coast.js';
import { buildStreetGraph, type GraphReport } from './graph-building.js';
import { readOsmTiles } from './osm-tiles.js';
import { restoreStreets, storeStreets, type StoredStreets } from './stored-streets.js';
import { type StreetGraph } from './street-graph.js';

/** What is made of the map of a city; all of it is derived from OpenStreetMap (ODbL). */
export const CityFile = {
  streets: 'streets.json',
  basemap: 'basemap.json',
  addresses: 'addresses.json',
  places: 'places.json',
  coast: 'coast.json',
  report: 'report.json',
  licence: 'LICENCE.txt',
} as const;

/** Stands beside the data, wherever it is copied. */
const LICENCE = `Streets, parks, places and house numbers: © OpenStreetMap contributors
(https://www.openstreetmap.org/copyright), as of December 2017, from @mapbox/mvt-fixtures.
They, and the files made of them in this folder, are available under the Open Database License 1.0
(https://opendatacommons.org/licenses/odbl/1-0/). Coast: Natural Earth, public domain.
`;

/** Fewer connected junctions mean that the map was not read as it is meant. */
const LEAST_CONNECTED_SHARE = 0.95;

/**
 * Makes the files of a city.
 * @param tiles folder of OSM QA tiles
 * @param worldLand file with the land of the world, see `coastAround`
 * @param target folder that is made where it is missing; each file appears whole or not at all
 * @throws Error for a map whose streets do not join
 */
export function buildCity(tiles: string, worldLand: string, target: string): GraphReport {
  const features = [...readOsmTiles(tiles)];
  const { graph, report } = buildStreetGraph(features);
  if (report.connectedShare < LEAST_CONNECTED_SHARE)
    throw new Error(
      `Only ${Math.round(report.connectedShare * 100)} % of the junctions of ${tiles} are connected.`,
    );
  mkdirSync(target, { recursive: true });
  write(target, CityFile.streets, storeStreets(graph));
  write(target, CityFile.basemap, { type: 'FeatureCollection', features: basemapOf(features) });
  write(target, CityFile.addresses, readAddresses(features));
  write(target, CityFile.places, readPlaces(features));
  write(target, CityFile.coast, coastAround(graph.junctions, worldLand));
  write(target, CityFile.report, report);
  writeWhole(target, CityFile.licence, LICENCE);
  return report;
}

/** Reads the streets that `buildCity` has made. */
export function loadStreets(folder: string): StreetGraph {
  return restoreStreets(
    JSON.parse(readFileSync(join(folder, CityFile.streets), 'utf8')) as StoredStreets,
  );
}

function write(folder: string, name: string, content: unknown): void {
  writeWhole(folder, name, JSON.stringify(content));
}

function writeWhole(folder: string, name: string, text: string): void {
  const file = join(folder, name);
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}
