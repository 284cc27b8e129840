import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheDir, inRoot, root } from './paths.mjs';
import { quietly } from './quiet.mjs';
import { ensure, fingerprintOf } from './stamp.mjs';

/** Where npm has put the map of each city: tiles of OpenStreetMap with all of its tags. */
const mapPackage = 'node_modules/@mapbox/mvt-fixtures';
const tilesOf = { montevideo: `${mapPackage}/real-world/osm-qa-montevideo` };
/** Natural Earth, public domain. */
const worldLand = 'node_modules/world-atlas/land-10m.json';
const maker = 'dist/apps/simulator/src/make-city.js';
/** What the files of a city are made by. */
const sources = [
  'addresses',
  'basemap',
  'city-files',
  'coast',
  'graph-building',
  'osm-tiles',
  'stored-streets',
  'street-graph',
  'street-ways',
];

/**
 * Makes the streets, basemap and addresses of a city from its map, once.
 * @param {keyof typeof tilesOf} city
 * @returns {Promise<string>} the folder with its files
 */
export async function ensureCity(city) {
  const folder = path.join(cacheDir, 'city', city);
  const stampFile = path.join(folder, '.stamp');
  await ensure({
    name: `city-${city}`,
    label: 'reading the streets of Montevideo',
    stampFile,
    fingerprint: () =>
      fingerprintOf([
        readFileSync(inRoot(mapPackage, 'package.json')),
        ...sources.map((name) => readFileSync(inRoot(`dist/libs/city/src/${name}.js`))),
      ]),
    make: async (fingerprint) => {
      await quietly(
        'Reading the map',
        process.execPath,
        [inRoot(maker), inRoot(tilesOf[city]), inRoot(worldLand), folder],
        { cwd: root },
      );
      writeFileSync(stampFile, fingerprint);
    },
  });
  return folder;
}
