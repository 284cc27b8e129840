import { type RedisServers } from '#libs/config';

/** What INFO says of a server that runs as it should in each mode. */
const SERVER_MODE = { single: 'standalone', sentinel: 'standalone', cluster: 'cluster' } as const;

/** A server that is not what the configuration says: to wait would not help. */
export class WrongServerError extends Error {}

/**
 * @param info what INFO says of a server
 * @throws WrongServerError where it is too old, or part of a cluster that it should not be, or of none
 */
export function checkServer(info: string, mode: RedisServers['mode']): void {
  const version = /^(?:redis|valkey)_version:(\d+)\./m.exec(info)?.[1];
  if (Number(version) < 7)
    throw new WrongServerError(
      `Redis 7 or newer is needed for sharded pub/sub; this is ${version}.`,
    );
  const actual = /^(?:redis|server)_mode:(\w+)/m.exec(info)?.[1];
  if (actual !== undefined && actual !== SERVER_MODE[mode])
    throw new WrongServerError(
      `REDIS_MODE is ${mode}, but the server at REDIS_URL runs as ${actual}. Correct one of the two.`,
    );
}

/**
 * @param info what INFO says of the memory of a server
 * @returns its maxmemory-policy where that drops keys when it is full; else undefined
 */
export function droppingPolicy(info: string): string | undefined {
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  return policy === 'noeviction' ? undefined : policy;
}

/** For operators. @param reason why Redis does not answer, in its words or those of the system */
export function whatToDo(reason: string): string {
  return /NOAUTH|WRONGPASS|NOPERM/.test(reason)
    ? `Redis at REDIS_URL refuses the login (${reason}). Correct REDIS_USERNAME and REDIS_PASSWORD, or those in REDIS_URL.`
    : `Redis does not answer at REDIS_URL (${reason}). Start it or correct the URL.`;
}
