// Checks the licences of all locked packages: `node check-licences.mjs [package-lock.json]`. Names each
// package whose licence is not allowed where it is used, and ends with 1 when there is any.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from '../prepare/paths.mjs';

/** What may be part of the image: they ask for their text to be kept, and for nothing else. */
const shipped = [
  'MIT',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'Python-2.0',
  'Unlicense',
];
/** What tools may have besides: they are not given to anybody, but for the font of the dispatcher's page. */
const tools = [...shipped, 'BSD', 'BlueOak-1.0.0', 'OFL-1.1', 'CC0-1.0', 'CC-BY-4.0', 'MPL-2.0'];

const lockfile = process.argv[2] ?? inRoot('package-lock.json');
/** @type {Record<string, { license?: string, dev?: boolean, devOptional?: boolean, link?: boolean }>} */
const packages = JSON.parse(readFileSync(lockfile, 'utf8')).packages;

const faults = Object.entries(packages)
  .filter(([place, { link }]) => place.includes('node_modules/') && !link)
  .flatMap(([place, { license, dev, devOptional }]) => {
    const allowed = dev || devOptional ? tools : shipped;
    const said = license ?? licenceInside(place);
    if (said && choicesIn(said).some((choice) => allowed.includes(choice))) return [];
    const use = dev || devOptional ? 'a tool' : 'part of the image';
    return [`${place} (${use}) has the licence ${said ?? 'of nobody knows whom'}`];
  });
for (const fault of faults) console.log(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

/** Old packages name it in a list of their own. @param {string} place @returns {string | undefined} */
function licenceInside(place) {
  const file = path.join(path.dirname(lockfile), place, 'package.json');
  if (!existsSync(file)) return undefined;
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof license === 'string') return license;
  if (license?.type || licenses?.[0]?.type) return license?.type ?? licenses[0].type;
  return licenceOfText(path.dirname(file));
}

/** And some only as a text. @param {string} directory */
function licenceOfText(directory) {
  const file = ['LICENSE', 'LICENSE.md', 'license']
    .map((name) => path.join(directory, name))
    .find(existsSync);
  const text = file ? readFileSync(file, 'utf8') : '';
  if (text.includes('Permission is hereby granted, free of charge')) return 'MIT';
  return text.includes('Redistributions in binary form') ? 'BSD-3-Clause' : undefined;
}

/** `(MIT OR Apache-2.0)` is a choice. @param {string} expression */
function choicesIn(expression) {
  return expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .map((choice) => choice.trim());
}
