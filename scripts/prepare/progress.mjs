import { Interrupted } from '../process/signals.mjs';

const start = performance.now();

/** @param {number} since */
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Runs one step of the preparation and shows it as one line on stderr (stdout belongs to the job).
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(label, work) {
  const since = performance.now();
  process.stderr.write(`ridewire: ${label} ... `);
  try {
    const result = await work();
    process.stderr.write(`${seconds(since)}\n`);
    return result;
  } catch (error) {
    const how = error instanceof Interrupted ? 'interrupted' : 'failed';
    process.stderr.write(`${how} after ${seconds(since)}\n`);
    throw error;
  }
}

/** @param {string} message */
export function say(message) {
  process.stderr.write(`ridewire: ${message}\n`);
}

export const sinceStart = () => seconds(start);
