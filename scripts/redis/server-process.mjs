import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasEnded, startChild } from '../process/child.mjs';
import { LaunchError } from '../process/signals.mjs';
import { connectRedis } from './resp.mjs';

const readyDeadlineMs = 60_000;
const keptLogLines = 20;

/**
 * @typedef {object} Settings
 * @property {number} port
 * @property {string} dir
 * @property {boolean} appendOnly
 * @property {number} [clusterPort] in cluster mode, with the cluster's own traffic there
 * @property {boolean} isSentinel watches over other servers and keeps no data
 * @property {Record<string, string>} more as in redis.conf
 * @property {NodeJS.ProcessEnv} env more of its environment
 */

/**
 * Starts one server and waits until it answers.
 * @param {import('./find.mjs').RedisProgram | import('./find.mjs').JsRedis} found
 * @param {Settings} settings
 * @returns {Promise<import('node:child_process').ChildProcess>}
 */
export async function startServerProcess(found, settings) {
  const child = spawnServer(found, settings);
  /** @type {string[]} */
  const log = [];
  const said = { ready: false };
  child.on('error', (error) => log.push(error.message));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      log.push(...text.split('\n').filter((line) => line.trim() !== ''));
      log.splice(0, log.length - keptLogLines);
      // Said by our own child, unlike a PONG, which another server on the port could send.
      said.ready ||= /Ready to accept connections|Sentinel ID is/.test(text);
    });
  }

  const deadline = Date.now() + readyDeadlineMs;
  while (!(said.ready && (await answers(settings.port)))) {
    const reason = hasEnded(child)
      ? 'ended at once'
      : Date.now() > deadline
        ? 'gives no answer'
        : '';
    if (reason) {
      child.kill('SIGKILL');
      throw new ServerStartError(`Redis on port ${settings.port} ${reason}. Its last words:`, log);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return child;
}

export class ServerStartError extends LaunchError {
  /** @param {string} message @param {string[]} log */
  constructor(message, log) {
    super([message, ...log].join('\n'));
    this.isPortTaken = log.some((line) => /address already in use|EADDRINUSE/i.test(line));
  }
}

/** @param {Parameters<typeof startServerProcess>[0]} found @param {Settings} settings */
function spawnServer(found, given) {
  const { port, dir, appendOnly, clusterPort, isSentinel, more } = given;
  /** @type {import('node:child_process').SpawnOptions} */
  const options = { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] };
  if (found.kind === 'js') {
    const script = fileURLToPath(new URL('js-server.mjs', import.meta.url));
    return startChild(process.execPath, [script, String(port)], options);
  }
  const own = { port: String(port), bind: '127.0.0.1', dir, daemonize: 'no' };
  const env = { ...options, env: { ...found.env, ...given.env } };
  if (isSentinel) {
    // A sentinel writes what it learns into its file, and starts with none else.
    const file = path.join(dir, 'sentinel.conf');
    const lines = Object.entries({ ...own, ...more }).map(([name, value]) => `${name} ${value}\n`);
    if (!existsSync(file)) writeFileSync(file, lines.join(''));
    return startChild(found.program, [file, '--sentinel'], env);
  }
  const settings = {
    ...own,
    save: '',
    appendonly: appendOnly ? 'yes' : 'no',
    // Written before the answer, however slow the disk is: with `everysec` a write may wait for the one
    // before it, and goes with a server that is killed then. The machine itself is not killed.
    ...(appendOnly && { appendfsync: 'no' }),
    ...(clusterPort && { 'cluster-enabled': 'yes', 'cluster-port': String(clusterPort) }),
    ...more,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [
    `--${name}`,
    ...value.split(' '),
  ]);
  return startChild(found.program, args, env);
}

/** @param {number} port */
async function answers(port) {
  try {
    const connection = await connectRedis(`redis://127.0.0.1:${port}`, 1_000);
    connection.close();
    return true;
  } catch {
    return false;
  }
}
