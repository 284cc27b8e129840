import { root } from './prepare/paths.mjs';
import { runChild } from './process/child.mjs';

/**
 * Runs one suite of client checks against a server that is already up.
 * @param {string} suite
 * @param {string[]} args
 */
export async function wsTest(suite, args) {
  const script = 'dist/apps/simulator/src/ws-test.js';
  const { code } = await runChild(process.execPath, [script, suite, ...args], { cwd: root });
  return code;
}
