import { type BenchContext } from '../bench-context.js';
import { type DirectedResult } from '../load/directed-run.js';
import { driverIdOf } from '../load/fix-track.js';
import { runLoad } from '../load/load-process.js';
import { callsPer, readRedisCounters, type RedisCounters } from '../redis-counters.js';
import { benchEnvironment, type BenchEnvironment } from '../servers/bench-environment.js';
import { flush } from '../servers/empty-redis.js';
import { prepareTrips } from '../servers/prepared-trips.js';
import { prepareUsers, type PreparedUsers } from '../servers/prepared-users.js';
import { type ProbeAnswer } from '../servers/probe-messages.js';
import { ServerKind } from '../servers/server-kind.js';
import { startServer, type RunningServer } from '../servers/start-server.js';
import { observedOf } from './ping-measurement.js';
import { undisturbed } from './undisturbed.js';

export const PEOPLE = 100;
const CHANGES = 30;
const MESSAGES = 10;
/** Drivers on trips are connected for one of the runs only, and are not lost before it. */
const SETTINGS = {
  WS_RATE_PER_SECOND: '100000',
  WS_RATE_BURST: '100000',
  DRIVER_LEASE: '1h',
  DRIVER_GRACE: '10s',
};

/** What an event is about, and whom it goes to. */
export const Directed = { driver: 'driver', trip: 'trip, passenger, driver' } as const;
export type Directed = (typeof Directed)[keyof typeof Directed];

export interface DirectedMeasurement {
  what: Directed;
  instances: number;
  /** The instances with the receivers, other than the one that is asked. */
  told: number[];
  result: DirectedResult;
  /** Redis commands per event. */
  calls: Record<string, number>;
  /** Bytes per event that each instance got from Redis and sent to it. */
  redisBytes: { in: number; out: number }[];
  /** Of the instance that is asked. */
  rssBytes: number;
  loopP99Ms: number;
}

interface Cluster {
  context: BenchContext;
  environment: BenchEnvironment;
  servers: RunningServer[];
  users: PreparedUsers;
  trips: typeof TRIPS;
}

/** The first drivers have two devices each, the others a trip. */
const DRIVER_IDS = Array.from({ length: 2 * PEOPLE }, (_, driver) => driverIdOf(driver));
const TRIPS = Array.from({ length: PEOPLE }, (_, i) => ({
  tripId: `bench-trip-${i}`,
  passengerId: `bench-passenger-${i}`,
  driverId: DRIVER_IDS[PEOPLE + i]!,
}));

/** Both kinds of events on so many instances. */
export async function measureDirected(
  context: BenchContext,
  instances: number,
): Promise<DirectedMeasurement[]> {
  const environment = benchEnvironment(context.redisUrl, SETTINGS);
  await flush(environment);
  const passengerIds = TRIPS.map(({ passengerId }) => passengerId);
  const users = await prepareUsers(environment.parsed, DRIVER_IDS, 1, passengerIds);
  await prepareTrips(environment.parsed, TRIPS);
  const servers: RunningServer[] = [];
  try {
    for (let i = 0; i < instances; i += 1)
      servers.push(await startServer(ServerKind.ridewire, environment));
    const cluster = { context, environment, servers, users, trips: TRIPS };
    return [
      await undisturbed(context, () => toDrivers(cluster)),
      await undisturbed(context, () => toTrips(cluster)),
    ];
  } finally {
    await Promise.all(servers.map((server) => server.process.stop()));
  }
}

function toDrivers(cluster: Cluster): Promise<DirectedMeasurement> {
  const { context, servers, users } = cluster;
  const last = servers.length - 1;
  return observe(cluster, Directed.driver, [last], (look) =>
    runLoad(
      {
        kind: 'directed',
        ports: [servers[0]!.port, servers[last]!.port],
        auths: users.driverTokens.slice(0, PEOPLE).map((token) => ({ token })),
        readyEvent: 'hello',
        changes: CHANGES,
        observed: observedOf(servers, context.redisPid),
      },
      look,
    ),
  );
}

function toTrips(cluster: Cluster): Promise<DirectedMeasurement> {
  const { context, servers, users, trips } = cluster;
  const last = servers.length - 1;
  // Passenger and driver apart, and both away from the instance that is asked, where there are as many.
  const beforeLast = servers.length > 2 ? last - 1 : last;
  return observe(cluster, Directed.trip, [beforeLast, last], (look) =>
    runLoad(
      {
        kind: 'trip-messages',
        ports: {
          asked: servers[0]!.port,
          drivers: servers[beforeLast]!.port,
          passengers: servers[last]!.port,
        },
        trips: trips.map(({ tripId }, i) => ({
          tripId,
          passenger: { token: users.passengerTokens[i]! },
          driver: { token: users.driverTokens[PEOPLE + i]! },
        })),
        adminToken: users.adminTokens[0]!,
        messages: MESSAGES,
        observed: observedOf(servers, context.redisPid),
      },
      look,
    ),
  );
}

/** Asks Redis and every instance before and after. */
async function observe(
  { context, environment, servers }: Cluster,
  what: Directed,
  told: readonly number[],
  load: (look: (checkpoint: string) => Promise<void>) => Promise<DirectedResult>,
): Promise<DirectedMeasurement> {
  const counters: RedisCounters[] = [];
  const probes: ProbeAnswer[][] = [];
  const result = await load(async (checkpoint) => {
    counters.push(await readRedisCounters(environment.parsed));
    const kind = checkpoint === 'begin' ? 'reset' : 'read';
    probes.push(await Promise.all(servers.map((server) => server.process.ask(kind))));
  });
  const [before, after] = counters as [RedisCounters, RedisCounters];
  const [probesBefore, probesAfter] = probes as [ProbeAnswer[], ProbeAnswer[]];
  const { port } = new URL(context.redisUrl);
  const perEvent = (from: Record<string, number>, to: Record<string, number>) =>
    ((to[port] ?? 0) - (from[port] ?? 0)) / result.events;
  return {
    what,
    instances: servers.length,
    told: [...new Set(told)].filter((instance) => instance !== 0),
    result,
    calls: callsPer(result.events, before, after),
    redisBytes: probesAfter.map((probe, i) => ({
      in: perEvent(probesBefore[i]!.bytesReadFrom, probe.bytesReadFrom),
      out: perEvent(probesBefore[i]!.bytesWrittenTo, probe.bytesWrittenTo),
    })),
    rssBytes: probesAfter[0]!.rssBytes,
    loopP99Ms: probesAfter[0]!.loopDelayMs.p99,
  };
}
