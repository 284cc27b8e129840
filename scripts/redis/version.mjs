import { spawnSync } from 'node:child_process';
import { connectRedis } from './resp.mjs';

export const oldestMajor = 7;

/** @param {string} version */
export function isNewEnough(version) {
  return Number.parseInt(version, 10) >= oldestMajor;
}

/**
 * The version a server program names, or null if it does not run.
 * @param {string} program
 * @param {NodeJS.ProcessEnv} [env]
 */
export function versionOfProgram(program, env = process.env) {
  const { status, stdout } = spawnSync(program, ['--version'], { env, encoding: 'utf8' });
  return status === 0 ? (/\bv=(\d+(?:\.\d+)*)/.exec(stdout)?.[1] ?? null) : null;
}

/** @param {string} url */
export async function versionOfServer(url) {
  const connection = await connectRedis(url);
  try {
    const info = String(await connection.command('INFO', 'server'));
    return /^redis_version:(\S+)/m.exec(info)?.[1] ?? '0';
  } finally {
    connection.close();
  }
}
