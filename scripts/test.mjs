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
