import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { inRoot, root } from './paths.mjs';
import { quietly } from './quiet.mjs';
import { ensure, fingerprintOf } from './stamp.mjs';

const stampName = '.ridewire-stamp';
/** Beside dist/ and as deep, so that the relative paths in the source maps stay right. */
const scratchPrefix = '.dist-';
/** Built by Vite, see dashboard.mjs. */
const pages = path.join('apps', 'dashboard', 'src');

/** Compiles apps/ and libs/ to dist/ when a source changed, and swaps the result in as a whole. */
export async function ensureBuild() {
  await ensure({
    name: 'build',
    label: 'building',
    stampFile: inRoot('dist', stampName),
    fingerprint: fingerprintOfSources,
    make: build,
  });
}

/** @param {string} fingerprint */
async function build(fingerprint) {
  for (const name of readdirSync(root)) {
    if (name.startsWith(scratchPrefix)) rmSync(inRoot(name), { recursive: true, force: true });
  }
  const fresh = inRoot(`${scratchPrefix}${process.pid}`);
  const outdated = `${fresh}-outdated`;
  const compiler = inRoot('node_modules/typescript/bin/tsc');
  try {
    const args = [compiler, '-p', 'tsconfig.build.json', '--outDir', fresh];
    await quietly('The TypeScript build', process.execPath, args, { cwd: root });
    for (const file of sourceFiles().filter((name) => !isTypeScript(name))) {
      const target = path.join(fresh, file);
      mkdirSync(path.dirname(target), { recursive: true });
      copyFileSync(inRoot(file), target);
    }
    writeFileSync(path.join(fresh, stampName), fingerprint);
    if (existsSync(inRoot('dist'))) renameSync(inRoot('dist'), outdated);
    renameSync(fresh, inRoot('dist'));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(outdated, { recursive: true, force: true });
  }
}

function fingerprintOfSources() {
  const settings = [
    'package.json',
    'package-lock.json',
    'tsconfig.base.json',
    'tsconfig.build.json',
  ];
  return fingerprintOf(
    [...settings, ...sourceFiles()].flatMap((file) => [file, readFileSync(inRoot(file))]),
  );
}

/** What the build is made from: every file of apps/<name>/src and libs/<name>/src but the tests. */
function sourceFiles() {
  return ['apps', 'libs']
    .filter((group) => existsSync(inRoot(group)))
    .flatMap((group) => readdirSync(inRoot(group)).map((name) => path.join(group, name, 'src')))
    .filter((directory) => existsSync(inRoot(directory)) && directory !== pages)
    .flatMap(filesUnder)
    .filter((file) => !file.endsWith('spec.ts'))
    .toSorted();
}

/** @param {string} directory @returns {string[]} */
function filesUnder(directory) {
  return readdirSync(inRoot(directory), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(directory, entry.name);
    return entry.isDirectory() ? filesUnder(name) : [name];
  });
}

/** @param {string} file */
const isTypeScript = (file) => /\.[cm]?ts$/.test(file);
