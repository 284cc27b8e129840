import { type Environment } from '#libs/config';
import { RedisCommands } from '#libs/redis';
import { medianOf } from './quantiles.js';
import { withModules } from './servers/module-context.js';

/** What Redis has done so far. */
export interface RedisCounters {
  /** Calls by command, those inside of scripts as well. */
  calls: Record<string, number>;
  bytesOut: number;
}

/** Commands of the asking itself, and of connections that only live. */
const NOT_COUNTED = new Set(['info', 'ping', 'hello', 'client', 'select', 'xread', 'flushall']);

export function readRedisCounters(environment: Environment): Promise<RedisCounters> {
  return withModules(environment, [], async (app) => {
    const redis = app.get(RedisCommands);
    const stats = await redis.do((client) => client.info('commandstats'));
    const network = await redis.do((client) => client.info('stats'));
    const calls: Record<string, number> = {};
    for (const [, name, count] of stats.matchAll(/^cmdstat_([\w|]+):calls=(\d+)/gm)) {
      const command = name!.split('|')[0]!;
      if (!NOT_COUNTED.has(command)) calls[command] = (calls[command] ?? 0) + Number(count);
    }
    return { calls, bytesOut: Number(/^total_net_output_bytes:(\d+)/m.exec(network)?.[1]) };
  });
}

/** The difference, by what it is shared among; commands that came up less than this often are left out. */
export function callsPer(
  unit: number,
  before: RedisCounters,
  after: RedisCounters,
  atLeast = 0.05,
): Record<string, number> {
  const shares: Record<string, number> = {};
  for (const [command, count] of Object.entries(after.calls)) {
    const share = (count - (before.calls[command] ?? 0)) / unit;
    if (share >= atLeast) shares[command] = share;
  }
  return shares;
}

/** The median of each command over the runs; what most of them lacked is left out. */
export function medianCalls(
  runs: readonly { calls: Record<string, number> }[],
): Record<string, number> {
  const commands = new Set(runs.flatMap(({ calls }) => Object.keys(calls)));
  const medians = [...commands].map(
    (command) => [command, medianOf(runs.map(({ calls }) => calls[command] ?? 0))] as const,
  );
  return Object.fromEntries(medians.filter(([, calls]) => calls > 0));
}

/** `evalsha 1.0, spublish 1.0` */
export function listCalls(calls: Record<string, number>): string {
  return Object.entries(calls)
    .toSorted(([, a], [, b]) => b - a)
    .map(([command, count]) => `${command} ${count.toFixed(1)}`)
    .join(', ');
}
