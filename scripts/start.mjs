import { existsSync } from 'node:fs';
import { inRoot, root } from './prepare/paths.mjs';
import { runChild } from './process/child.mjs';
import { instanceFlags } from './process/instance-flags.mjs';

/**
 * Runs one instance from the environment and .env.
 * @param {string[]} args
 */
export function start(args) {
  return runBuilt('main.js', args);
}

/**
 * Creates an administrator in the Redis that the environment or .env names.
 * @param {string[]} args
 */
export function createAdmin(args) {
  // The password comes on standard input.
  return runBuilt('command-line/create-admin.js', args, { stdio: 'inherit' });
}

/**
 * Runs a command of operators: `npx ridewire`.
 * @param {string[]} args
 */
export function ridewire(args) {
  return runBuilt('command-line/ridewire.js', args, { stdio: 'inherit' });
}

/**
 * @param {string} entry
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
async function runBuilt(entry, args, options) {
  const { code } = await runChild(
    process.execPath,
    [...instanceFlags, `dist/apps/realtime/src/${entry}`, ...args],
    { cwd: root, env: { ...envFile(), ...process.env }, ...options },
  );
  return code;
}

/** The demo and the checks bring an environment of their own: only here a file counts unasked. */
export function envFile() {
  return existsSync(inRoot('.env')) ? { ENV_FILE: '.env' } : {};
}
