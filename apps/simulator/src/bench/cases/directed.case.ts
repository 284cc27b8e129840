import { type BenchCase, type Row, type Target } from '../bench-case.js';
import { describeRuns } from '../disturbance.js';
import { type BenchContext } from '../bench-context.js';
import { type DirectedResult } from '../load/directed-run.js';
import { driverIdOf } from '../load/fix-track.js';
import { runLoad } from '../load/load-process.js';
import { callsPer, listCalls, readRedisCounters, type RedisCounters } from '../redis-counters.js';
import { benchEnvironment } from '../servers/bench-environment.js';
import { flush } from '../servers/empty-redis.js';
import { prepareUsers } from '../servers/prepared-users.js';
import { ServerKind } from '../servers/server-kind.js';
import { type ProbeAnswer } from '../servers/probe-messages.js';
import { startServer, type RunningServer } from '../servers/start-server.js';
import { observedOf, Observed } from './ping-measurement.js';
import { milliseconds, number } from './ping-rows.js';
import { undisturbed } from './undisturbed.js';

const INSTANCES = [1, 2, 4, 8];
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
  /** Bytes per event that each instance got from Redis and sent to it. */
  redisBytes: { in: number; out: number }[];
  rssBytes: number;
  loopP99Ms: number;
}

export const directedCase: BenchCase = {
  number: 6,
  title: 'events to one driver: what each instance and Redis do for one, with 1 to 8 instances',
  connections: () => 2 * DRIVERS,
  async run(context) {
    const runs: DirectedMeasurement[] = [];
    for (const instances of INSTANCES) {
      const run = await undisturbed(context, () => measure(context, instances));
      runs.push(run);
      context.progress(`  ${instances} instances: ${listCalls(run.calls)} an event`);
    }
    return {
      rows: runs.map(rowOf),
      targets: targetsOf(runs),
      notes: [
        'Told: driver:status:update on the first instance, told to both devices of the driver, one there and one on the last instance. The other instances have nothing to do with it.',
        'Bytes an event are those between an instance and Redis.',
        'Passengers, trips and conversations have no events of their own yet.',
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
    const probes: ProbeAnswer[][] = [];
    const result = await runLoad(
      {
        kind: 'directed',
        ports: [servers[0]!.port, servers.at(-1)!.port],
        auths: driverTokens.map((token) => ({ token })),
        readyEvent: 'hello',
        changes: CHANGES,
        observed: observedOf(servers, context.redisPid),
      },
      async (checkpoint) => {
        counters.push(await readRedisCounters(environment.parsed));
        const kind = checkpoint === 'begin' ? 'reset' : 'read';
        probes.push(await Promise.all(servers.map((server) => server.process.ask(kind))));
      },
    );
    const [before, after] = counters as [RedisCounters, RedisCounters];
    const [probesBefore, probesAfter] = probes as [ProbeAnswer[], ProbeAnswer[]];
    const { port } = new URL(context.redisUrl);
    return {
      instances,
      result,
      calls: callsPer(result.events, before, after),
      redisBytes: probesAfter.map((probe, i) => ({
        in: growthOf(probesBefore[i]!.bytesReadFrom, probe.bytesReadFrom, port) / result.events,
        out: growthOf(probesBefore[i]!.bytesWrittenTo, probe.bytesWrittenTo, port) / result.events,
      })),
      rssBytes: probesAfter[0]!.rssBytes,
      loopP99Ms: probesAfter[0]!.loopDelayMs.p99,
    };
  } finally {
    await Promise.all(servers.map((server) => server.process.stop()));
  }
}

function growthOf(
  before: Record<string, number>,
  after: Record<string, number>,
  port: string,
): number {
  return (after[port] ?? 0) - (before[port] ?? 0);
}

function rowOf(run: DirectedMeasurement): Row {
  const { instances, result, calls, redisBytes } = run;
  const { events, seconds, cpuMs, ackMs, toldMs } = result;
  const cpuUs = (name: string) => number(((cpuMs[name] ?? Number.NaN) * 1_000) / events);
  const told = instances === 1 ? undefined : redisBytes.at(-1)!;
  const bytes = (one: { in: number; out: number } | undefined) =>
    one ? `${number(one.in)} / ${number(one.out)}` : '-';
  const others = redisBytes.slice(1, -1);
  const otherCpuMs = Object.entries(cpuMs)
    .filter(([name]) => !NOT_OTHERS.has(name) && name !== nameOf(instances))
    .map(([, ms]) => ms);
  return {
    instances: String(instances),
    runs: describeRuns([run]),
    'events/s': number(events / seconds),
    'Redis commands each': listCalls(calls),
    'Redis µs': cpuUs(Observed.redis),
    'CPU µs changing': cpuUs(Observed.first),
    'CPU µs told': instances === 1 ? '-' : cpuUs(nameOf(instances)),
    'CPU µs others': number((meanOf(otherCpuMs) * 1_000) / events, 1),
    'bytes in/out changing': bytes(redisBytes[0]),
    told: bytes(told),
    others:
      others.length === 0
        ? '-'
        : bytes({
            in: meanOf(others.map((one) => one.in)),
            out: meanOf(others.map((one) => one.out)),
          }),
    'ack p50': milliseconds(ackMs.p50),
    'ack p99': milliseconds(ackMs.p99),
    'p99.9': milliseconds(ackMs.p999),
    'told p99': milliseconds(toldMs.p99),
    'RSS MB': number(run.rssBytes / 1e6),
    'loop p99': milliseconds(run.loopP99Ms),
    'load CPU': `${number(result.generator.cpuShare * 100)} %`,
  };
}

const NOT_OTHERS = new Set<string>([Observed.first, Observed.redis]);

/** As `observedOf` calls the last one. */
function nameOf(instance: number): string {
  return instance === 2 ? Observed.second : `instance ${instance}`;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function targetsOf(runs: readonly DirectedMeasurement[]): Target[] {
  const isValid = runs.every(({ result }) => result.problems.length === 0);
  const totals = runs.map(({ calls }) =>
    Object.values(calls).reduce((sum, count) => sum + count, 0),
  );
  const growth = Math.max(...totals) / Math.min(...totals);
  const idle = runs.flatMap(({ redisBytes }) => redisBytes.slice(1, -1));
  const idleBytes = Math.max(...idle.map((one) => one.in + one.out));
  const inTurns = INSTANCES.join(', ');
  return [
    {
      what: `an event to one driver, ${inTurns} instances: Redis commands`,
      figures: { [ServerKind.ridewire]: totals.map((total) => number(total, 1)).join(', ') },
      target: 'does not grow',
      met: isValid ? growth <= TOLERANCE : undefined,
    },
    {
      what: 'the same: bytes between Redis and an instance that has nothing to do with it, at most',
      figures: { [ServerKind.ridewire]: number(idleBytes, 1) },
      target: `none (heartbeats: below ${IDLE_BYTES})`,
      met: isValid ? idleBytes <= IDLE_BYTES : undefined,
    },
  ];
}
