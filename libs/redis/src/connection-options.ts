import { type ConnectionOptions } from 'node:tls';
import { type ClusterOptions, type RedisOptions } from 'ioredis';
import { type RedisServers } from '#libs/config';

const RETRY_CAP_MS = 1_000;

/** Sentinels are asked one after the other; one that says nothing for so long is passed over. */
const SENTINEL_LIMIT_MS = 2_000;
/** A primary that hangs never ends a connection by itself. */
const HANGING_END_MS = 500;

/** How old the map of the cluster gets where no reply corrects it: then subscriptions follow it. */
const SLOTS_REFRESH_MS = 5_000;
/** While slots move, or have no primary, a command is sent anew: it was not carried out. */
const NOT_YET_RETRY_MS = 100;
const MAX_REDIRECTIONS = 16;

/** Back-off with jitter, so that a returning Redis is not met by all instances at once. */
function retryDelayMs(attempt: number): number {
  const ceiling = Math.min(RETRY_CAP_MS, 50 * 2 ** Math.min(attempt, 10));
  return ceiling / 2 + Math.random() * (ceiling / 2);
}

/**
 * ioredis listens to the first error of a socket only. One by TLS may have a second, which would end the
 * process: a certificate that is not taken, and the alert of a server that was left meanwhile. A socket
 * that can be aborted has a listener for as long as it lives; these are never. It is the only way to
 * those that ioredis shows to nobody: of sentinels, and of looks at the map of a cluster. Each socket has
 * a signal of its own, as ioredis copies the options for it: one that all share would keep all of them.
 */
function heardToTheEnd(tls: ConnectionOptions): ConnectionOptions {
  const options = {
    ...tls,
    get signal() {
      return new AbortController().signal;
    },
  };
  return options;
}

/** Of every connection to a server: none queues while it is away, none sends again later. */
function serverOptions({ username, password, database, tls }: RedisServers): RedisOptions {
  return {
    ...(username && { username }),
    ...(password && { password }),
    ...(database > 0 && { db: database }),
    ...(tls && { tls: heardToTheEnd(tls) }),
    connectTimeout: 0,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
  };
}

/** @param purpose the name of the connection, as operators see it */
export function optionsOfOne(servers: RedisServers, purpose: string): RedisOptions {
  const options: RedisOptions = {
    ...serverOptions(servers),
    connectionName: `ridewire:${purpose}`,
    enableOfflineQueue: false,
    retryStrategy: retryDelayMs,
  };
  const { addresses, sentinel, tls } = servers;
  if (!sentinel) return { ...options, ...addresses[0] };
  return {
    ...options,
    sentinels: [...addresses],
    name: sentinel.master,
    ...(sentinel.username && { sentinelUsername: sentinel.username }),
    ...(sentinel.password && { sentinelPassword: sentinel.password }),
    ...(tls && { sentinelTLS: heardToTheEnd(tls), enableTLSForSentinelMode: true }),
    // Without it a client stays with a primary that hangs long after another took its place.
    failoverDetector: true,
    sentinelRetryStrategy: retryDelayMs,
    sentinelCommandTimeout: SENTINEL_LIMIT_MS,
    connectTimeout: SENTINEL_LIMIT_MS,
    disconnectTimeout: HANGING_END_MS,
  };
}

/** @param waits whether a command may be sent once more when its slot has a primary again */
export function optionsOfCluster(
  servers: RedisServers,
  purpose: string,
  waits: boolean,
): ClusterOptions {
  return {
    redisOptions: { ...serverOptions(servers), connectionName: `ridewire:${purpose}` },
    clusterRetryStrategy: retryDelayMs,
    enableOfflineQueue: false,
    scaleReads: 'master',
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    maxRedirections: MAX_REDIRECTIONS,
    // A command whose connection broke may have been carried out: it is not sent once more.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: waits ? NOT_YET_RETRY_MS : 0,
    retryDelayOnTryAgain: NOT_YET_RETRY_MS,
    // Names are looked up for each connection: certificates are for them, and addresses change.
    dnsLookup: (host, callback) => callback(null, host),
  };
}
