import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { Cluster, Redis } from 'ioredis';

/** A plain client for a test that looks into a server itself. */
export function openRedis(url: string): Redis {
  return new Redis(url);
}

/** The same for a test that is run on a cluster as well: `url` may have several addresses. */
export function openRedisOrCluster(url: string): Redis | Cluster {
  const urls = url.split(',');
  if (urls.length === 1) return openRedis(url);
  return new Cluster(urls, { shardedSubscribers: true });
}

/**
 * One command on a connection of its own, sent as it is: `openRedis` waits until a server has loaded.
 * @returns the answer, also the text of an error
 */
export async function orderPlainly(url: string, ...command: string[]): Promise<unknown> {
  const client = new Redis(url, {
    enableReadyCheck: false,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  client.on('error', () => undefined);
  try {
    return await client.call(command[0]!, ...command.slice(1));
  } catch (error) {
    return (error as Error).message;
  } finally {
    client.disconnect();
  }
}

/** `+<time> [<database> <client>] "name" "argument" ...` */
const MONITORED = /^\+[\d.]+ \[\d+ (\S+)\] (.+)$/;

export interface WatchedCommands {
  /** Name and arguments of each command that a client has sent, in the order of Redis. */
  commands: string[][];
  stop: () => void;
}

/**
 * What clients ask Redis for, as MONITOR shows it; what scripts do is left out. On a plain socket:
 * the client of ioredis takes what it is told under load for answers.
 * @param keyPrefix of the commands to keep: other tests use the same Redis
 */
export async function watchCommands(redisUrl: string, keyPrefix: string): Promise<WatchedCommands> {
  const { hostname, port } = new URL(redisUrl);
  const socket = connect(Number(port), hostname);
  socket.write('MONITOR\r\n');
  const commands: string[][] = [];
  const lines = createInterface({ input: socket });
  const isWatching = once(lines, 'line');
  lines.on('line', (line) => {
    const [, client, said] = MONITORED.exec(line) ?? [];
    if (!said || client === 'lua' || !said.includes(keyPrefix)) return;
    commands.push([...said.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, argument]) => argument!));
  });
  await isWatching;
  return { commands, stop: () => socket.destroy() };
}
