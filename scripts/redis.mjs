import { mkdirSync } from 'node:fs';
import { say } from './prepare/progress.mjs';
import { exitOf, hasEnded, stopChild } from './process/child.mjs';
import { freePort } from './process/ports.mjs';
import { findRedis } from './redis/find.mjs';
import { ServerStartError, startServerProcess } from './redis/server-process.mjs';
import { temporaryDir } from './redis/temporary-dir.mjs';

export { findRedis };

const portAttempts = 5;
/** @type {NodeJS.Signals[]} */
const pausingSignals = ['SIGSTOP', 'SIGTSTP', 'SIGCONT'];

/**
 * Starts a Redis of our own. It ends with this process, however this process ends.
 * @param {import('./redis.mjs').RedisOptions} [options]
 * @returns {Promise<import('./redis.mjs').OwnRedis>}
 */
export async function startRedis(options = {}) {
  const { found, port, appendOnly = false, quiet = false } = options;
  const server = found ?? (await findRedis());
  if (server.kind === 'external') throw new Error('An external Redis is not ours to start.');
  const { dir, remove } = options.dir
    ? { dir: options.dir, remove: () => undefined }
    : temporaryDir();
  mkdirSync(dir, { recursive: true });
  const given = {
    dir,
    appendOnly,
    more: options.settings ?? {},
    isSentinel: options.isSentinel ?? false,
    env: options.env ?? {},
    ...(options.isClusterNode && { clusterPort: await freePort() }),
  };
  const first = await start(server, given, port);
  const settings = { ...given, port: first.port };
  let { child } = first;
  if (!quiet) say(`Redis ${describe(server)} on 127.0.0.1:${settings.port}`);

  /** @param {NodeJS.Signals} signal */
  const kill = async (signal = 'SIGKILL') => {
    if (hasEnded(child)) return;
    child.kill(signal);
    if (!pausingSignals.includes(signal)) await exitOf(child);
  };
  const end = async () => {
    // A paused process would keep the request to stop waiting.
    child.kill('SIGCONT');
    await stopChild(child, { graceMs: 5_000 });
  };
  return {
    kind: server.kind,
    port: settings.port,
    clusterPort: settings.clusterPort,
    url: `redis://127.0.0.1:${settings.port}`,
    get pid() {
      return /** @type {number} */ (child.pid);
    },
    kill,
    async stop() {
      await end();
      remove();
    },
    async restart(more = {}) {
      await end();
      mkdirSync(settings.dir, { recursive: true });
      child = await startServerProcess(server, {
        ...settings,
        more: { ...settings.more, ...more },
      });
    },
  };
}

/**
 * @param {import('./redis/find.mjs').RedisProgram | import('./redis/find.mjs').JsRedis} server
 * @param {Omit<import('./redis/server-process.mjs').Settings, 'port'>} settings
 * @param {number} [port] a free one when none is named
 */
async function start(server, settings, port) {
  for (let attempt = 1; ; attempt += 1) {
    const chosen = port ?? (await freePort());
    try {
      return {
        port: chosen,
        child: await startServerProcess(server, { ...settings, port: chosen }),
      };
    } catch (error) {
      const lostRace = port === undefined && error instanceof ServerStartError && error.isPortTaken;
      if (!lostRace || attempt === portAttempts) throw error;
    }
  }
}

/** @param {import('./redis/find.mjs').RedisProgram | import('./redis/find.mjs').JsRedis} server */
function describe(server) {
  if (server.kind === 'js') return 'imitation in JavaScript';
  return `${server.version} (${server.kind === 'path' ? server.program : 'unpacked package'})`;
}
