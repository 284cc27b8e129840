import { root } from './prepare/paths.mjs';
import { runChild } from './process/child.mjs';

/**
 * Runs one production instance from the environment.
 * @param {string[]} args
 */
export function start(args) {
  return runBuilt('main.js', args);
}

/**
 * Creates an administrator in the Redis that the environment names.
 * @param {string[]} args
 */
export function createAdmin(args) {
  return runBuilt('create-admin.js', args);
}

/** @param {string} entry @param {string[]} args */
async function runBuilt(entry, args) {
  const { code } = await runChild(
    process.execPath,
    ['--enable-source-maps', `dist/apps/realtime/src/${entry}`, ...args],
    { cwd: root, env: { NODE_ENV: 'production', ...process.env } },
  );
  return code;
}
