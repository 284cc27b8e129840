import { root } from './prepare/paths.mjs';
import { runChild } from './process/child.mjs';

/**
 * Runs one production instance from the environment.
 * @param {string[]} args
 */
export async function start(args) {
  const main = 'dist/apps/realtime/src/main.js';
  const env = { NODE_ENV: 'production', ...process.env };
  const { code } = await runChild(process.execPath, ['--enable-source-maps', main, ...args], {
    cwd: root,
    env,
  });
  return code;
}
