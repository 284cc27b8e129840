import { constants } from 'node:os';

/** A stop that somebody asked for (Ctrl-C, SIGTERM): ends the job quietly with this exit code. */
export class Interrupted extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`stopped by ${signal}`);
    this.exitCode = signalExitCode(signal);
  }
}

/** A failure that is already explained: its message is shown without a stack. */
export class LaunchError extends Error {
  /** @param {string} message @param {number} [exitCode] */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** @type {NodeJS.Signals[]} */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** One Ctrl-C arrives several times: from the terminal, from npm, and from the launcher's outer process. */
const sameKeyPressMs = 1_000;

/** @param {NodeJS.Signals} signal */
export function signalExitCode(signal) {
  return 128 + constants.signals[signal];
}

/**
 * Calls `handle` once for each time somebody asks this process to stop, however many copies of
 * the signal arrive. Returns the function that ends the listening.
 * @param {(signal: NodeJS.Signals) => void} handle
 */
export function onStop(handle) {
  let last = -Infinity;
  /** @param {NodeJS.Signals} signal */
  const receive = (signal) => {
    const now = performance.now();
    if (now - last < sameKeyPressMs) return;
    last = now;
    handle(signal);
  };
  for (const signal of stopSignals) process.on(signal, receive);
  return () => {
    for (const signal of stopSignals) process.off(signal, receive);
  };
}

/** When the outer launcher is killed, nobody could stop this process any more: it stops itself. */
export function stopWithOuterLauncher() {
  if (!process.channel) return;
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
