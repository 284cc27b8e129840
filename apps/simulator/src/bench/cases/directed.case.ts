import { type BenchCase, type Row, type Target } from '../bench-case.js';
import { type BenchContext } from '../bench-context.js';
import { type DirectedResult } from '../load/directed-run.js';
import { driverIdOf } from '../load/fix-track.js';
import { runLoad } from '../load/load-process.js';
import { callsPer, listCalls, readRedisCounters, type RedisCounters } from '../redis-counters.js';
import { benchEnvironment } from '../servers/bench-environment.js';
import { flush } from '../servers/empty-redis.js';
import { prepareUsers } from '../servers/prepared-users.js';
import { ServerKind } from '../servers/server-kind.js';
import { startServer, type RunningServer } from '../servers/start-server.js';
import { observedOf, Observed } from './ping-measurement.js';
import { number } from './ping-rows.js';

const DRIVERS = 100;
const CHANGES = 30;
const SETTINGS = { WS_RATE_PER_SECOND: '100000', WS_RATE_BURST: '100000' };
/** Measured between different numbers of instances, nothing grows by more than this. */
const TOLERANCE = 1.25;
/** Below this many bytes an event an instance is idle: heartbeats and the like. */
const IDLE_BYTES = 50;

interface DirectedMeasurement {
  instances: number;
  result: DirectedResult;
  /** Redis commands per event. */
  calls: Record<string, number>;
  /** Bytes that each instance got from Redis per event. */
  bytesFromRedis: number[];
}

export const directedCase: BenchCase = {
  number: 6,
  title: 'events to one driver: what each instance and Redis do for one, with 1 to 8 instances',
  async run(context) {
    const counts = context.arguments.quick ? [1, 2, 4] : [1, 2, 4, 8];
    const runs: DirectedMeasurement[] = [];
    for (const instances of counts) {
      runs.push(await measure(context, instances));
      context.progress(`  ${instances} instances: ${listCalls(runs.at(-1)!.calls)}`);
    }
    return {
      rows: runs.map(rowOf),
      targets: [targetOf(runs)],
      notes: [
        'driver:status:update on the first instance, told to the driver on the last one. The others have nothing to do with it.',
      ],
      runs,
    };
  },
};

async function measure(context: BenchContext, instances: number): Promise<DirectedMeasurement> {
  const environment = benchEnvironment(context.redisUrl, SETTINGS);
  await flush(environment);
  const driverIds = Array.from({ length: DRIVERS }, (_, driver) => driverIdOf(driver));
  const { driverTokens } = await prepareUsers(environment.parsed, driverIds, 0);
  const servers: RunningServer[] = [];
  try {
    for (let i = 0; i < instances; i += 1)
      servers.push(await startServer(ServerKind.ridewire, environment));
    const counters: RedisCounters[] = [];
    const received: number[][] = [];
    const result = await runLoad(
      {
        kind: 'directed',
        ports: [servers[0]!.port, servers.at(-1)!.port],
        auths: driverTokens.map((token) => ({ token })),
        readyEvent: 'hello',
        changes: CHANGES,
        observed: observedOf(servers, context.redisPid),
      },
      async () => {
        counters.push(await readRedisCounters(environment.parsed));
        received.push(await Promise.all(servers.map((server) => bytesFromRedis(context, server))));
      },
    );
    const [before, after] = counters as [RedisCounters, RedisCounters];
    return {
      instances,
      result,
      calls: callsPer(result.events, before, after),
      bytesFromRedis: servers.map((_, i) => (received[1]![i]! - received[0]![i]!) / result.events),
    };
  } finally {
    await Promise.all(servers.map((server) => server.process.stop()));
  }
}

async function bytesFromRedis({ redisUrl }: BenchContext, server: RunningServer): Promise<number> {
  const { bytesReadFrom } = await server.process.ask('read');
  return bytesReadFrom[new URL(redisUrl).port] ?? 0;
}

function rowOf({ instances, result, calls, bytesFromRedis: bytes }: DirectedMeasurement): Row {
  const { events, cpuMs, problems } = result;
  const cpuUs = (name: string) => number(((cpuMs[name] ?? Number.NaN) * 1_000) / events);
  const others = bytes.slice(1, -1);
  const othersMs = Object.entries(cpuMs)
    .filter(([name]) => name.startsWith('instance') && name !== `instance ${instances}`)
    .map(([, ms]) => ms);
  const mean = (values: readonly number[]) =>
    values.length === 0
      ? Number.NaN
      : values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    instances: String(instances),
    valid: problems.length === 0 ? 'yes' : `NO: ${problems[0]}`,
    events: number(events),
    'Redis commands each': listCalls(calls),
    'Redis µs': cpuUs(Observed.redis),
    'CPU µs changing': cpuUs(Observed.first),
    'CPU µs told':
      instances === 1 ? '-' : cpuUs(instances === 2 ? Observed.second : `instance ${instances}`),
    'CPU µs others': number((mean(othersMs) * 1_000) / events, 1),
    'bytes in changing': number(bytes[0]!),
    'bytes in told': instances === 1 ? '-' : number(bytes.at(-1)!),
    'bytes in others': number(mean(others), 1),
  };
}

function targetOf(runs: readonly DirectedMeasurement[]): Target {
  const several = runs.filter(({ instances }) => instances > 1);
  const totals = several.map(({ calls }) =>
    Object.values(calls).reduce((sum, count) => sum + count, 0),
  );
  const growth = Math.max(...totals) / Math.min(...totals);
  const idle = Math.max(0, ...several.flatMap(({ bytesFromRedis: bytes }) => bytes.slice(1, -1)));
  const isValid = runs.every(({ result }) => result.problems.length === 0);
  return {
    text: 'work per instance does not grow with their number',
    figure: `Redis commands an event ${number(growth, 2)}x, at most ${number(idle, 1)} bytes an event reach an instance that has nothing to do with it`,
    met: isValid ? growth <= TOLERANCE && idle <= IDLE_BYTES : undefined,
  };
}
