import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../process/alive.mjs';
import { cacheDir } from './paths.mjs';
import { say } from './progress.mjs';

const heartbeatMs = 2_000;
/** Longer than any pause of a live holder; catches a pid that was given to another program. */
const staleMs = 30_000;
const pollMs = 100;

/**
 * Runs `work` while no other launcher of this checkout holds the same lock.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(name, work) {
  const directory = path.join(cacheDir, 'locks');
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, name);
  for (let told = false; !take(file); told = true) {
    const holder = contentOf(file);
    if (isStale(file, holder)) clear(file, holder);
    else {
      if (!told) say(`waiting for another launcher (process ${holder}) that prepares ${name}`);
      await sleep(pollMs);
    }
  }
  const heartbeat = setInterval(() => touch(file), heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(file, { force: true });
  }
}

/** @param {string} file */
function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} file @param {string} holder */
function isStale(file, holder) {
  return (holder !== '' && !isAlive(Number(holder))) || ageOf(file) > staleMs;
}

/**
 * Removes a stale lock. Only one process at a time may do so: a second one could otherwise remove
 * the fresh lock of the first.
 * @param {string} file @param {string} seenHolder
 */
function clear(file, seenHolder) {
  const guard = `${file}.clearing`;
  if (!take(guard)) {
    if (ageOf(guard) > staleMs) rmSync(guard, { force: true });
    return;
  }
  try {
    const holder = contentOf(file);
    if (holder === seenHolder && isStale(file, holder)) rmSync(file, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/** @param {string} file */
function touch(file) {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // The cache was deleted under us; the work goes on.
  }
}

/** @param {string} file */
function contentOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** @param {string} file */
function ageOf(file) {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
