import { type BenchContext } from '../bench-context.js';
import { benchEnvironment, type BenchEnvironment } from '../servers/bench-environment.js';
import { flush } from '../servers/empty-redis.js';
import { prepareUsers } from '../servers/prepared-users.js';
import { ServerKind } from '../servers/server-kind.js';
import { startServer, type RunningServer } from '../servers/start-server.js';

export interface PreparedServer {
  server: RunningServer & { isSocketIo: boolean };
  /** CONNECT payloads of the drivers. */
  auths: Record<string, string>[];
  readyEvent: { readyEvent?: string };
  environment: BenchEnvironment;
}

/** So that admission is not what is measured. */
export const OPEN_DOORS = {
  WS_MAX_CONNECTIONS: '100000',
  WS_MAX_CONNECTIONS_PER_ADDRESS: '100000',
  WS_CONNECTS_PER_SECOND: '1000000',
};

/** One server on an empty Redis, and what its drivers need to be let in. */
export async function startPrepared(
  context: BenchContext,
  kind: ServerKind,
  driverIds: readonly string[],
  settings: Record<string, string> = OPEN_DOORS,
): Promise<PreparedServer> {
  const environment = benchEnvironment(context.redisUrl, settings);
  const isRidewire = kind === ServerKind.ridewire;
  await flush(environment);
  const users = isRidewire ? await prepareUsers(environment.parsed, driverIds, 0) : undefined;
  const server = await startServer(kind, environment);
  return {
    server: { ...server, isSocketIo: kind !== ServerKind.bareWs },
    auths: users
      ? users.driverTokens.map((token) => ({ token }))
      : driverIds.map((driverId) => ({ driverId })),
    readyEvent: isRidewire ? { readyEvent: 'hello' } : {},
    environment,
  };
}
