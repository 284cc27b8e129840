import { existsSync } from 'node:fs';
import path from 'node:path';
import { libraryPath, unpackInto, unpackPackages } from '../prepare/apt.mjs';
import { withLock } from '../prepare/lock.mjs';
import { cacheDir } from '../prepare/paths.mjs';
import { step } from '../prepare/progress.mjs';
import { LaunchError } from '../process/signals.mjs';
import { isNewEnough, oldestMajor } from './version.mjs';

const home = path.join(cacheDir, 'redis', process.arch);
const servers = ['redis-server', 'valkey-server'];
const neededToRun = /^(lib|lua-|redis-|valkey-)/;

/** @typedef {{ program: string, env: NodeJS.ProcessEnv }} UnpackedServer */

/**
 * The server of Debian's or Ubuntu's own package, unpacked into the cache: no root, no service,
 * nothing outside of the checkout.
 * @returns {Promise<UnpackedServer>}
 */
export async function unpackedServer() {
  const ready = unpacked();
  if (ready) return ready;
  return withLock('redis', async () => {
    if (!unpacked()) {
      const label =
        "no Redis here: unpacking the system's package into .cache/redis, without installing it";
      await step(label, () =>
        unpackInto(home, (scratch) => unpackPackages(scratch, newEnoughServer, neededToRun)),
      );
    }
    const server = unpacked();
    if (!server) throw new LaunchError('the package holds no server program');
    return server;
  });
}

/** @returns {UnpackedServer | null} */
function unpacked() {
  const program = servers
    .map((name) => path.join(home, 'usr/bin', name))
    .find((file) => existsSync(file));
  if (!program) return null;
  return { program, env: { ...process.env, LD_LIBRARY_PATH: libraryPath(home) } };
}

/** @param {import('../prepare/apt.mjs').Apt} apt */
async function newEnoughServer(apt) {
  const found = [];
  for (const name of servers) {
    const policy = await apt('apt-cache', 'policy', name);
    const version = /Candidate: (?:\d+:)?(\d\S*)/.exec(policy)?.[1];
    if (version && isNewEnough(version)) return [name];
    if (version) found.push(`${name} ${version}`);
  }
  throw new LaunchError(
    found.length
      ? `the system's package is too old (${found.join(', ')}; ${oldestMajor} or newer is needed)`
      : `the system's package lists have no ${servers.join(' or ')}`,
  );
}
