import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { hasDebianTools, libraryPath, unpackInto, unpackPackages } from './prepare/apt.mjs';
import { withLock } from './prepare/lock.mjs';
import { cacheDir } from './prepare/paths.mjs';
import { step } from './prepare/progress.mjs';
import { LaunchError } from './process/signals.mjs';

const home = path.join(cacheDir, 'chromium', process.arch);
const packages = ['chromium', 'chromium-common', 'fonts-dejavu-core'];
const neededToRun = /^(lib|zlib|fonts-dejavu-core|chromium-common|fontconfig)/;
const onPath = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/**
 * A Chromium to test pages with: CHROMIUM_PATH, the one on the PATH, else Debian's, unpacked into the
 * cache without root.
 * @returns {Promise<import('./chromium.mjs').Chromium>}
 */
export async function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    const chromium = runs({ program: named, env: process.env });
    if (!chromium) throw new LaunchError(`CHROMIUM_PATH: ${named} does not run.`);
    return chromium;
  }
  for (const program of onPath) {
    const chromium = runs({ program, env: process.env });
    if (chromium) return chromium;
  }
  const ready = runs(unpacked());
  if (ready) return ready;
  if (!hasDebianTools()) {
    throw new LaunchError(
      'The tests of pages need Chromium or Chrome: install it, or name it in CHROMIUM_PATH.',
    );
  }
  return withLock('chromium', async () => {
    if (!runs(unpacked())) {
      await step('unpacking Chromium into .cache/chromium', () =>
        unpackInto(home, (scratch) => unpackPackages(scratch, async () => packages, neededToRun)),
      );
    }
    const chromium = runs(unpacked());
    if (!chromium) throw new LaunchError('the unpacked Chromium does not run here');
    return chromium;
  });
}

function unpacked() {
  const libraries = libraryPath(home);
  // Pulseaudio keeps a library of its own in a folder below the others.
  const ofSound = libraries.split(':').map((directory) => path.join(directory, 'pulseaudio'));
  return {
    program: path.join(home, 'usr/lib/chromium/chromium'),
    env: { ...process.env, LD_LIBRARY_PATH: [libraries, ...ofSound].join(':') },
  };
}

/** @param {import('./chromium.mjs').Chromium} chromium */
function runs(chromium) {
  if (chromium.program.includes('/') && !existsSync(chromium.program)) return undefined;
  const { status } = spawnSync(chromium.program, ['--version'], {
    env: chromium.env,
    stdio: 'ignore',
  });
  return status === 0 ? chromium : undefined;
}
