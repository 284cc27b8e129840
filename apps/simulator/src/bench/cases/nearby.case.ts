import { type BenchCase, type Row, type Target } from '../bench-case.js';
import { type BenchContext } from '../bench-context.js';
import { runLoad } from '../load/load-process.js';
import { type NearbyResult } from '../load/nearby-run.js';
import { callsPer, listCalls, readRedisCounters, type RedisCounters } from '../redis-counters.js';
import { benchEnvironment } from '../servers/bench-environment.js';
import { flush } from '../servers/empty-redis.js';
import { prepareUsers } from '../servers/prepared-users.js';
import { ServerKind } from '../servers/server-kind.js';
import { startServer } from '../servers/start-server.js';
import { CENTER, IN_VIEW, RADIUS_METERS, storeDrivers } from './nearby-drivers.js';
import { observedOf, Observed } from './ping-measurement.js';
import { milliseconds, number } from './ping-rows.js';

/** Stored drivers live as long as the case takes. */
const SETTINGS = { DRIVER_LEASE: '1h', DRIVER_GRACE: '10s' };
const LANES = 4;
const TOLERANCE = 1.5;

interface NearbyMeasurement {
  stored: number;
  result: NearbyResult;
  calls: Record<string, number>;
}

export const nearbyCase: BenchCase = {
  number: 7,
  title: `nearby search over REST: ${IN_VIEW} drivers in view of ever more that are stored`,
  async run(context) {
    const counts = context.arguments.quick ? [1_000, 10_000] : [1_000, 10_000, 100_000];
    const runs: NearbyMeasurement[] = [];
    for (const stored of counts) {
      runs.push(await measure(context, stored));
      const { result } = runs.at(-1)!;
      context.progress(
        `  ${number(stored)} stored: ${number(result.queries / result.seconds)} searches/s` +
          (result.problems.length > 0 ? `; INVALID: ${result.problems.join('; ')}` : ''),
      );
    }
    return {
      rows: runs.map(rowOf),
      targets: [targetOf(runs)],
      notes: ['The whole way: REST, token and session check, search, JSON.'],
      runs,
    };
  },
};

async function measure(context: BenchContext, stored: number): Promise<NearbyMeasurement> {
  const environment = benchEnvironment(context.redisUrl, SETTINGS);
  await flush(environment);
  const { adminTokens } = await prepareUsers(environment.parsed, [], 1);
  await storeDrivers(environment.parsed, stored);
  const server = await startServer(ServerKind.ridewire, environment);
  const counters: RedisCounters[] = [];
  const query = new URLSearchParams({
    lat: String(CENTER.lat),
    lng: String(CENTER.lng),
    radiusMeters: String(RADIUS_METERS),
    limit: '500',
    includeUnavailable: 'true',
    maxAgeMs: '3600000',
  });
  try {
    const result = await runLoad(
      {
        kind: 'nearby',
        port: server.port,
        path: `/api/driver-availability/nearby?${query.toString()}`,
        token: adminTokens[0]!,
        expected: IN_VIEW,
        lanes: LANES,
        warmUpMs: context.arguments.warmUpMs,
        measureMs: context.arguments.measureMs,
        observed: observedOf([server], context.redisPid),
      },
      async () => {
        counters.push(await readRedisCounters(environment.parsed));
      },
    );
    const [before, after] = counters as [RedisCounters, RedisCounters];
    return { stored, result, calls: callsPer(result.queries, before, after) };
  } finally {
    await server.process.stop();
  }
}

function rowOf({ stored, result, calls }: NearbyMeasurement): Row {
  const { queries, seconds, cpuMs, answerMs, bytesPerAnswer, problems } = result;
  const cpuUs = (name: string) => number(((cpuMs[name] ?? Number.NaN) * 1_000) / queries);
  return {
    stored: number(stored),
    valid: problems.length === 0 ? 'yes' : `NO: ${problems[0]}`,
    'searches/s': number(queries / seconds),
    'CPU µs each': cpuUs(Observed.first),
    'Redis µs': cpuUs(Observed.redis),
    'Redis commands each': listCalls(calls),
    p50: milliseconds(answerMs.p50),
    p99: milliseconds(answerMs.p99),
    'KB each': number(bytesPerAnswer / 1_024, 1),
  };
}

function targetOf(runs: readonly NearbyMeasurement[]): Target {
  const costs = runs.map(({ result }) => {
    const cpuMs = (result.cpuMs[Observed.first] ?? 0) + (result.cpuMs[Observed.redis] ?? 0);
    return (cpuMs * 1_000) / result.queries;
  });
  const growth = costs.at(-1)! / costs[0]!;
  const isValid = runs.every(({ result }) => result.problems.length === 0);
  return {
    text: 'cost by drivers in view, not by drivers stored (server and Redis together)',
    figure: `${number(growth, 2)}x from ${number(runs[0]!.stored)} to ${number(runs.at(-1)!.stored)} stored`,
    met: isValid ? growth <= TOLERANCE : undefined,
  };
}
