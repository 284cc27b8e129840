import { inRoot, root } from './prepare/paths.mjs';
import { runChild } from './process/child.mjs';

/**
 * Runs every test, or those the arguments name; vitest's global set-up starts the Redis.
 * @param {string[]} args
 */
export async function test(args) {
  const vitest = inRoot('node_modules/vitest/vitest.mjs');
  const { code } = await runChild(process.execPath, [vitest, 'run', ...args], { cwd: root });
  return code;
}

/**
 * Runs the tests of pages in a real browser.
 * @param {string[]} args
 */
export function testInBrowser(args) {
  return test(['--config', 'vitest.browser.config.ts', ...args]);
}

/**
 * Breaks on purpose what the invariants protect against, on real processes.
 * @param {string[]} args
 */
export function testFaults(args) {
  return test(['--config', 'vitest.faults.config.ts', ...args]);
}

/**
 * The same for longer than every change can wait: see docs/RELIABILITY.md.
 * @param {string[]} args
 */
export function testSoak(args) {
  return test(['--config', 'vitest.faults.config.ts', '--mode', 'soak', ...args]);
}

/**
 * Runs what is shipped: the steps of the image, the services of compose and the load balancers.
 * @param {string[]} args
 */
export function testDeployment(args) {
  return test(['--config', 'vitest.faults.config.ts', '--mode', 'deployment', ...args]);
}

/**
 * Runs the tests of what instances share on a cluster of Redis.
 * @param {string[]} args
 */
export function testOnCluster(args) {
  return test(['--config', 'vitest.cluster.config.ts', ...args]);
}

/**
 * Sends every event and every route what no app sends. `--seed N` sends the same again.
 * @param {string[]} args
 */
export function testFuzz(args) {
  const at = args.indexOf('--seed');
  const seed = at === -1 ? undefined : args[at + 1];
  const others = at === -1 ? args : args.toSpliced(at, 2);
  const mode = seed === undefined ? 'fuzz' : `fuzz:${seed}`;
  return test(['--config', 'vitest.faults.config.ts', '--mode', mode, ...others]);
}
