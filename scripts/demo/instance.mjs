import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheDir, root } from '../prepare/paths.mjs';
import { hasEnded, startChild } from '../process/child.mjs';
import { instanceFlags } from '../process/instance-flags.mjs';
import { LaunchError } from '../process/signals.mjs';

/** On a busy machine loading alone takes long. */
const readyDeadlineMs = 120_000;
const pollMs = 100;
const shownLogLines = 30;

/**
 * @typedef {object} Instance
 * @property {number} port
 * @property {string} url
 * @property {string} logFile
 * @property {import('node:child_process').ChildProcess} child
 */

/**
 * Starts one production instance; what it prints goes to a log file.
 * @param {number} port
 * @param {NodeJS.ProcessEnv} env
 * @returns {Instance}
 */
export function startInstance(port, env) {
  const directory = path.join(cacheDir, 'demo');
  mkdirSync(directory, { recursive: true });
  const logFile = path.join(directory, `instance-${port}.log`);
  const log = openSync(logFile, 'w');
  const child = startChild(process.execPath, [...instanceFlags, 'dist/apps/realtime/src/main.js'], {
    cwd: root,
    stdio: ['ignore', log, log],
    env: { ...process.env, ENV_FILE: '', ...env, PORT: String(port) },
  });
  closeSync(log);
  return { port, url: `http://127.0.0.1:${port}`, logFile, child };
}

/** @param {Instance} instance @param {AbortSignal} signal */
export async function untilReady(instance, signal) {
  const deadline = Date.now() + readyDeadlineMs;
  while (!(await isReady(instance.url))) {
    // Before the look at the process: a stop ends it, too.
    signal.throwIfAborted();
    if (hasEnded(instance.child)) throw failure(instance, 'ended instead of starting');
    if (Date.now() > deadline)
      throw failure(instance, `is not ready after ${readyDeadlineMs / 1000} s`);
    await sleep(pollMs);
  }
  // Whoever took the port meanwhile answers in its place.
  if (hasEnded(instance.child)) throw failure(instance, 'ended instead of starting');
}

/** @param {Instance} instance @param {string} what */
export function failure({ port, logFile }, what) {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-shownLogLines);
  return new LaunchError(
    [`The instance on port ${port} ${what}. Its last words:`, ...lines].join('\n'),
  );
}

/** @param {string} url */
async function isReady(url) {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
