import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { withLock } from '../prepare/lock.mjs';
import { cacheDir } from '../prepare/paths.mjs';
import { step } from '../prepare/progress.mjs';
import { LaunchError } from '../process/signals.mjs';
import { downloadServer } from './apt.mjs';

const home = path.join(cacheDir, 'redis', process.arch);
const scratchPrefix = 'redis-unpacking-';

/** @typedef {{ program: string, env: NodeJS.ProcessEnv }} UnpackedServer */

export function hasDebianTools() {
  const tools = ['apt-get', 'apt-cache', 'dpkg-query', 'dpkg-deb'];
  return (
    process.platform === 'linux' &&
    tools.every((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0)
  );
}

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
      await step(label, unpack);
    }
    const server = unpacked();
    if (!server) throw new LaunchError('the package holds no server program');
    return server;
  });
}

async function unpack() {
  for (const name of readdirSync(cacheDir)) {
    if (!name.startsWith(scratchPrefix)) continue;
    rmSync(path.join(cacheDir, name), { recursive: true, force: true });
  }
  const scratch = path.join(cacheDir, `${scratchPrefix}${process.pid}`);
  try {
    const tree = await downloadServer(scratch);
    rmSync(home, { recursive: true, force: true });
    mkdirSync(path.dirname(home), { recursive: true });
    renameSync(tree, home);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @returns {UnpackedServer | null} */
function unpacked() {
  const program = ['redis-server', 'valkey-server']
    .map((name) => path.join(home, 'usr/bin', name))
    .find((file) => existsSync(file));
  if (!program) return null;
  const libraries = ['usr/lib', 'lib']
    .map((name) => path.join(home, name))
    .filter((directory) => existsSync(directory))
    .flatMap((directory) => readdirSync(directory).map((name) => path.join(directory, name)))
    .filter((directory) => directory.includes('-linux-'));
  const search = [...libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return { program, env: { ...process.env, LD_LIBRARY_PATH: search } };
}
