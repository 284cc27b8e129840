import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { hasDebianTools, libraryPath, unpackInto, unpackPackages } from './prepare/apt.mjs';
import { withLock } from './prepare/lock.mjs';
import { cacheDir } from './prepare/paths.mjs';
import { step } from './prepare/progress.mjs';
import { LaunchError } from './process/signals.mjs';

/** What tests run beside the instances, and where it lies in Debian's package. */
const known = {
  promtool: { of: 'prometheus', file: 'usr/bin/promtool', version: '--version', libraries: /^$/ },
  nginx: { of: 'nginx', file: 'usr/sbin/nginx', version: '-v', libraries: /^(lib|zlib)/ },
  haproxy: { of: 'haproxy', file: 'usr/sbin/haproxy', version: '-v', libraries: /^(lib|zlib)/ },
};

/**
 * The library that shows a program another time, of Debian's or Ubuntu's package, unpacked into the
 * cache: no root, nothing outside of the checkout.
 * @returns {Promise<string>} its file, for LD_PRELOAD
 */
export async function findFakeTime() {
  const home = path.join(cacheDir, 'libfaketime', process.arch);
  const file = () =>
    libraryPath(home)
      .split(':')
      .map((directory) => path.join(directory, 'faketime/libfaketime.so.1'))
      .find((each) => existsSync(each));
  const ready = file();
  if (ready) return ready;
  if (!hasDebianTools()) throw new LaunchError('Needs libfaketime of Debian or Ubuntu.');
  return withLock('libfaketime', async () => {
    if (!file()) {
      await step('unpacking libfaketime into .cache/libfaketime', () =>
        unpackInto(home, (scratch) => unpackPackages(scratch, async () => ['libfaketime'], /^$/)),
      );
    }
    const unpacked = file();
    if (!unpacked) throw new LaunchError('the package libfaketime holds no library');
    return unpacked;
  });
}

/**
 * A program on the PATH, else that of Debian's or Ubuntu's package, unpacked into the cache: no root,
 * no service, nothing outside of the checkout.
 * @param {keyof typeof known} name
 * @returns {Promise<import('./programs.mjs').Program>}
 */
export async function findProgram(name) {
  const { of, file, version, libraries } = known[name];
  const home = path.join(cacheDir, name, process.arch);
  /** @param {import('./programs.mjs').Program} program */
  const runs = ({ command, env }) =>
    spawnSync(command, [version], { env, stdio: 'ignore' }).status === 0;
  const onPath = { command: name, env: process.env };
  if (runs(onPath)) return onPath;
  const unpacked = () => ({
    command: path.join(home, file),
    env: { ...process.env, LD_LIBRARY_PATH: libraryPath(home) },
  });
  if (existsSync(path.join(home, file))) return unpacked();
  if (!hasDebianTools()) throw new LaunchError(`Needs ${name}: install it (package ${of}).`);
  return withLock(name, async () => {
    if (!existsSync(path.join(home, file))) {
      await step(`unpacking ${name} of the package ${of} into .cache/${name}`, () =>
        unpackInto(home, (scratch) => unpackPackages(scratch, async () => [of], libraries)),
      );
    }
    const program = unpacked();
    if (!runs(program)) throw new LaunchError(`the unpacked ${name} does not run here: install it`);
    return program;
  });
}
