import { type Environment } from './environment.schema.js';
import { readRedisUrl, type RedisAddress } from './redis-variables.js';

const DEFAULT_SENTINEL_PORT = 26_379;

/** PEM texts; what is left out is that of the system, or not presented. */
export interface RedisTls {
  ca?: string;
  cert?: string;
  key?: string;
  /** The name in the certificates, where it is not the host that is connected to. */
  servername?: string;
}

/** Where Redis is and how to get in. */
export interface RedisServers {
  mode: Environment['REDIS_MODE'];
  /** Of the server, of some nodes of the cluster, or of the sentinels. */
  addresses: readonly [RedisAddress, ...RedisAddress[]];
  username?: string;
  password?: string;
  database: number;
  /** Undefined: in the clear. */
  tls?: RedisTls;
  /** Only with the mode `sentinel`. */
  sentinel?: { master: string; username?: string; password?: string };
}

/** What the variables of Redis say together. Takes variables that have passed their rules. */
export function redisServersOf(env: Environment): RedisServers {
  const isSentinel = env.REDIS_MODE === 'sentinel';
  const read = readRedisUrl(env.REDIS_URL, isSentinel ? DEFAULT_SENTINEL_PORT : undefined);
  const tls = {
    ...named('ca', env.REDIS_TLS_CA_FILE),
    ...named('cert', env.REDIS_TLS_CERT_FILE),
    ...named('key', env.REDIS_TLS_KEY_FILE),
    ...named('servername', env.REDIS_TLS_SERVER_NAME),
  };
  const sentinel = {
    master: env.REDIS_SENTINEL_MASTER ?? '',
    ...named('username', env.REDIS_SENTINEL_USERNAME),
    ...named('password', env.REDIS_SENTINEL_PASSWORD),
  };
  return {
    mode: env.REDIS_MODE,
    addresses: read.addresses,
    ...named('username', env.REDIS_USERNAME ?? read.username),
    ...named('password', env.REDIS_PASSWORD ?? read.password),
    database: read.database,
    ...(read.isEncrypted && { tls }),
    ...(isSentinel && { sentinel }),
  };
}

function named<Name extends string>(
  name: Name,
  value: string | undefined,
): Partial<Record<Name, string>> {
  return value ? ({ [name]: value } as Record<Name, string>) : {};
}

/** What the variables of Redis owe each other. */
export function checkRedis(
  env: Partial<Environment>,
  report: (name: keyof Environment, message: string, partner?: keyof Environment) => void,
): void {
  const { REDIS_MODE, REDIS_URL } = env;
  if (!REDIS_MODE || !REDIS_URL) return;
  const { addresses, database, isEncrypted } = readRedisUrl(REDIS_URL);
  if (REDIS_MODE === 'single' && addresses.length > 1) {
    report('REDIS_MODE', 'must be cluster or sentinel where REDIS_URL has several addresses');
  }
  if (REDIS_MODE === 'cluster' && database > 0) {
    report('REDIS_URL', 'must name no database with REDIS_MODE=cluster, which has one only');
  }
  if (REDIS_MODE === 'sentinel' && !env.REDIS_SENTINEL_MASTER) {
    report('REDIS_SENTINEL_MASTER', 'is required with REDIS_MODE=sentinel');
  }
  const ofSentinels = ['MASTER', 'USERNAME', 'PASSWORD'] as const;
  for (const name of ofSentinels.map((each) => `REDIS_SENTINEL_${each}` as const)) {
    if (REDIS_MODE !== 'sentinel' && env[name]) report(name, 'needs REDIS_MODE=sentinel');
  }
  const ofTls = ['CA_FILE', 'CERT_FILE', 'KEY_FILE', 'SERVER_NAME'] as const;
  for (const name of ofTls.map((each) => `REDIS_TLS_${each}` as const)) {
    if (!isEncrypted && env[name]) report(name, 'needs a REDIS_URL that starts with rediss://');
  }
  if ((env.REDIS_TLS_CERT_FILE === undefined) !== (env.REDIS_TLS_KEY_FILE === undefined)) {
    report(
      'REDIS_TLS_KEY_FILE',
      'and REDIS_TLS_CERT_FILE must be set together',
      'REDIS_TLS_CERT_FILE',
    );
  }
}
