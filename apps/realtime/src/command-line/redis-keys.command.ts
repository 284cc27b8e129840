import { type INestApplicationContext } from '@nestjs/common';
import { KeyScan, RedisCommands, RedisKeys } from '#libs/redis';
import { type Line } from './table.js';

/** Of each kind so many are measured: MEMORY USAGE of all of them would hold up Redis. */
const MEASURED = 50;

interface Kind {
  keys: number;
  measured: number;
  bytes: number;
}

/**
 * What lies in Redis under the prefix, by kind: the tag and the first part of a key, without what
 * names a person or a trip. Sizes are extrapolated from some of each kind.
 */
export async function listRedisKeys(services: INestApplicationContext): Promise<Line[]> {
  const redis = services.get(RedisCommands);
  const prefix = services.get(RedisKeys).rawPrefix('');
  const kinds = new Map<string, Kind>();
  for await (const keys of services.get(KeyScan).pages()) {
    for (const key of keys) await count(redis, kinds, kindOf(key.slice(prefix.length)), key);
  }
  return [...kinds]
    .map(([kind, { keys, measured, bytes }]) => ({
      kind,
      keys,
      bytes: Math.round((bytes / measured) * keys),
    }))
    .toSorted((a, b) => b.bytes - a.bytes);
}

async function count(
  redis: RedisCommands,
  kinds: Map<string, Kind>,
  name: string,
  key: string,
): Promise<void> {
  const kind = kinds.get(name) ?? { keys: 0, measured: 0, bytes: 0 };
  kinds.set(name, kind);
  kind.keys += 1;
  if (kind.measured >= MEASURED) return;
  const bytes = await redis.do((client) => client.memory('USAGE', key));
  kind.measured += 1;
  kind.bytes += bytes ?? 0;
}

/** `{dispatch}:trip:4711` is one of `dispatch:trip`, `{user-7}:sessions` one of `*:sessions`. */
function kindOf(key: string): string {
  const [, tag = '', rest = ''] = /^\{([^}]*)\}:?(.*)$/.exec(key) ?? ['', '', key];
  const part = rest.split(':')[0] ?? '';
  return `${/^[a-z][a-z-]*$/.test(tag) ? tag : '*'}:${/^[a-z][a-z_-]*$/i.test(part) ? part : '*'}`;
}
