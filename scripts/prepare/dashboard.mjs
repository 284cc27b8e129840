import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { ensureCity } from './city.mjs';
import { inRoot, root } from './paths.mjs';
import { quietly } from './quiet.mjs';
import { ensure, fingerprintOf } from './stamp.mjs';

const home = inRoot('apps/dashboard');
const target = path.join(home, 'dist');
const stampFile = path.join(target, '.stamp');
/** What the pages are built from, beside the packages and the map. */
const sources = ['apps/dashboard/src', 'libs/city/src', 'libs/client/src', 'libs/contracts/src'];
const settings = [
  'apps/dashboard/index.html',
  'apps/dashboard/ride.html',
  'apps/dashboard/drive.html',
  'apps/dashboard/share.html',
  'apps/dashboard/vite.config.ts',
  'scripts/prepare/dashboard.mjs',
  'package-lock.json',
];
/** Smaller files gain nothing by it, and fonts are compressed already. */
const compressed = /\.(?:js|css|json|html|svg)$/;
const smallestBytes = 1_024;

/** Builds the pages where a source of it changed; after `ensureBuild`. */
export async function ensureDashboard() {
  const city = await ensureCity('montevideo');
  await ensure({
    name: 'dashboard',
    label: 'building the pages',
    stampFile,
    fingerprint: () =>
      fingerprintOf([
        readFileSync(path.join(city, '.stamp')),
        ...[...settings, ...sources.flatMap(filesUnder)].flatMap((file) => [
          file,
          readFileSync(inRoot(file)),
        ]),
      ]),
    make: async (fingerprint) => {
      const vite = inRoot('node_modules/vite/bin/vite.js');
      const args = [vite, 'build', '--config', 'apps/dashboard/vite.config.ts'];
      // A test says NODE_ENV=test, with which Vite bundles the slow and large React for development.
      const env = { ...process.env, NODE_ENV: 'production' };
      await quietly('The build of the pages', process.execPath, args, {
        cwd: root,
        env,
      });
      for (const file of filesUnder('apps/dashboard/dist')) compress(inRoot(file));
      writeFileSync(stampFile, fingerprint);
    },
  });
}

/** Servers send the compressed copy to whoever takes it: nothing is compressed twice. @param {string} file */
function compress(file) {
  const content = readFileSync(file);
  if (compressed.test(file) && content.length >= smallestBytes) {
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  }
}

/** @param {string} directory @returns {string[]} */
function filesUnder(directory) {
  return readdirSync(inRoot(directory), { withFileTypes: true })
    .flatMap((entry) => {
      const name = `${directory}/${entry.name}`;
      return entry.isDirectory() ? filesUnder(name) : [name];
    })
    .filter((name) => !name.endsWith('spec.ts'))
    .toSorted();
}
