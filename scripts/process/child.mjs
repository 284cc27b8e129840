import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onStop, signalExitCode } from './signals.mjs';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/** @type {import('node:stream').Writable | undefined} */
let watchdog;
/** @type {Set<ChildProcess>} */
const running = new Set();

/**
 * Starts a program in a process group of its own, so that a Ctrl-C in the terminal reaches only
 * the launcher, which stops its children in the right order. It never outlives this process.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {ChildProcess}
 */
export function startChild(command, args, options = {}) {
  const child = spawn(command, args, { ...options, detached: true });
  const { pid } = child;
  if (pid === undefined) return child;
  watchdog ??= startWatchdog();
  watchdog.write(`+${pid}\n`);
  running.add(child);
  child.once('exit', () => {
    running.delete(child);
    watchdog?.write(`-${pid}\n`);
  });
  return child;
}

function startWatchdog() {
  const script = fileURLToPath(new URL('watchdog.mjs', import.meta.url));
  const child = spawn(process.execPath, [script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  const { stdin } = child;
  /** @type {import('node:net').Socket} */ (/** @type {unknown} */ (stdin)).unref();
  stdin.on('error', () => undefined);
  return stdin;
}

/** @param {ChildProcess} child */
export function hasEnded(child) {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/**
 * The exit code, 128 + n for a signal; rejects if the program could not be started.
 * @param {ChildProcess} child
 * @returns {Promise<number>}
 */
export function exitOf(child) {
  return new Promise((resolve, reject) => {
    /** @param {number | null} code @param {NodeJS.Signals | null} signal */
    const ended = (code, signal) => resolve(signal ? signalExitCode(signal) : (code ?? 1));
    if (child.exitCode !== null || child.signalCode !== null) {
      ended(child.exitCode, child.signalCode);
      return;
    }
    child.once('error', reject);
    child.once('exit', ended);
  });
}

/**
 * Asks a program to stop, and makes it stop when it does not within the time.
 * @param {ChildProcess} child
 * @param {{ signal?: NodeJS.Signals, graceMs?: number }} [options]
 */
export async function stopChild(child, { signal = 'SIGTERM', graceMs = 10_000 } = {}) {
  if (hasEnded(child)) return;
  const ended = exitOf(child);
  child.kill(signal);
  const timer = setTimeout(
    () => process.kill(-(/** @type {number} */ (child.pid)), 'SIGKILL'),
    graceMs,
  );
  await ended;
  clearTimeout(timer);
}

/**
 * Runs a program to its end, forwarding every request to stop. `stoppedBy` names the signal.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { onOutput?: (chunk: Buffer) => void, input?: string }} [options]
 *   `input` is written to its standard input, which must be a pipe
 * @returns {Promise<{ code: number, stoppedBy: NodeJS.Signals | null }>}
 */
export async function runChild(command, args, { onOutput, input, ...options } = {}) {
  const child = startChild(command, args, {
    stdio: onOutput ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    ...options,
  });
  // It may end before it has read all.
  if (input !== undefined) child.stdin?.on('error', () => undefined).end(input);
  if (onOutput) {
    child.stdout?.on('data', onOutput);
    child.stderr?.on('data', onOutput);
  }
  /** @type {NodeJS.Signals | null} */
  let stoppedBy = null;
  const unsubscribe = onStop((signal) => {
    stoppedBy = signal;
    child.kill(signal);
  });
  try {
    const code = await exitOf(child);
    if (stoppedBy) killGroup(child);
    return { code, stoppedBy };
  } finally {
    unsubscribe();
  }
}

/** Ends everything that was started, without its consent. */
export function killChildren() {
  for (const child of running) killGroup(child);
}

/** A program that ends at once when it is asked to may leave its own children. */
function killGroup(/** @type {ChildProcess} */ { pid }) {
  try {
    process.kill(-(/** @type {number} */ (pid)), 'SIGKILL');
  } catch {
    // It left none.
  }
}
