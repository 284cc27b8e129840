import { runChild } from '../process/child.mjs';
import { Interrupted, LaunchError } from '../process/signals.mjs';

/**
 * Runs a program of the preparation; its output is shown only when it fails.
 * @param {string} what names the program in the message
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<string>} the output
 */
export async function quietly(what, command, args, options) {
  /** @type {Buffer[]} */
  const chunks = [];
  const { code, stoppedBy } = await runChild(command, args, {
    ...options,
    onOutput: (chunk) => chunks.push(chunk),
  }).catch((error) => {
    throw new LaunchError(`${what} could not be started: ${error.message}`);
  });
  if (stoppedBy) throw new Interrupted(stoppedBy);
  const output = Buffer.concat(chunks).toString().trim();
  if (code !== 0) throw new LaunchError(`${what} failed (exit code ${code}):\n${output}`);
  return output;
}
