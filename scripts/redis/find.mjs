import { existsSync } from 'node:fs';
import { hasDebianTools } from '../prepare/apt.mjs';
import { inRoot } from '../prepare/paths.mjs';
import { say } from '../prepare/progress.mjs';
import { Interrupted, LaunchError } from '../process/signals.mjs';
import { unpackedServer } from './debian.mjs';
import { isNewEnough, oldestMajor, versionOfProgram, versionOfServer } from './version.mjs';

/**
 * @typedef {{ kind: 'external', url: string, version: string }} ExternalRedis
 * @typedef {{ kind: 'path' | 'debian', program: string, env: NodeJS.ProcessEnv, version: string }} RedisProgram
 * @typedef {{ kind: 'js' }} JsRedis
 */

/**
 * The best Redis at hand, in this order: REDIS_URL (where the caller may use one that others use
 * too), a server on the PATH, the system's package unpacked into the cache, an imitation in JS.
 * @param {{ allowExternal?: boolean }} [options]
 * @returns {Promise<ExternalRedis | RedisProgram | JsRedis>}
 */
export async function findRedis({ allowExternal = false } = {}) {
  return (
    (allowExternal && (await external())) || onPath() || (await fromSystemPackage()) || javascript()
  );
}

/** @returns {Promise<ExternalRedis | null>} */
async function external() {
  const url = process.env.REDIS_URL;
  if (!url) return null;
  const version = await versionOfServer(url).catch((error) => {
    throw new LaunchError(`The Redis of REDIS_URL cannot be used: ${error.message}`);
  });
  if (isNewEnough(version)) return { kind: 'external', url, version };
  sayTooOld('the Redis of REDIS_URL', version);
  return null;
}

/** @returns {RedisProgram | null} */
function onPath() {
  for (const program of ['redis-server', 'valkey-server']) {
    const version = versionOfProgram(program);
    if (version && isNewEnough(version))
      return { kind: 'path', program, env: process.env, version };
    if (version) sayTooOld(`${program} on the PATH`, version);
  }
  return null;
}

/** @returns {Promise<RedisProgram | null>} */
async function fromSystemPackage() {
  if (!hasDebianTools()) return null;
  try {
    const { program, env } = await unpackedServer();
    const version = versionOfProgram(program, env);
    if (version && isNewEnough(version)) return { kind: 'debian', program, env, version };
    say(`the unpacked Redis does not run here (${version ?? 'no version'})`);
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    say(`no Redis from the system's packages: ${/** @type {Error} */ (error).message}`);
  }
  return null;
}

/** @returns {JsRedis} */
function javascript() {
  const install = process.platform === 'darwin' ? 'brew install valkey' : 'install redis or valkey';
  if (!existsSync(inRoot('node_modules/js-redis-server'))) {
    throw new LaunchError(`There is no Redis ${oldestMajor} or newer here. To get one: ${install}`);
  }
  say('WARNING: no real Redis was found. An imitation written in JavaScript is used instead.');
  say(
    'WARNING: it is for trying out only: slow beyond a hundred drivers, keeps nothing, not all commands.',
  );
  say(`WARNING: to get a real one: ${install} (or set REDIS_URL)`);
  return { kind: 'js' };
}

/** @param {string} what @param {string} version */
function sayTooOld(what, version) {
  say(`${what} is too old (${version}; ${oldestMajor} or newer is needed), looking further`);
}
