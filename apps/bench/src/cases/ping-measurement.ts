import path from 'node:path';
import { type BenchContext } from '../bench-context.js';
import { driverIdOf } from '../load/fix-track.js';
import { runLoad } from '../load/load-process.js';
import { type PingResult, type Sight, type WatcherPlan } from '../load/ping-scenario.js';
import { type ObservedProcess } from '../load/usage-window.js';
import { benchEnvironment } from '../servers/bench-environment.js';
import { flush } from '../servers/empty-redis.js';
import { Core } from '../servers/pinning.js';
import { prepareUsers, type PreparedUsers } from '../servers/prepared-users.js';
import { type ProbeAnswer } from '../servers/probe-messages.js';
import { isClustered, isOurs, ServerKind } from '../servers/server-kind.js';
import { startServer, type RunningServer } from '../servers/start-server.js';

export interface PingPlan {
  drivers: number;
  /** Dispatchers on the instance that takes the fixes, and as many on a second one where there can be one. */
  watchersPerInstance: number;
  /** False: no second instance even for servers that could have one. */
  hasSecondInstance: boolean;
  perSecond?: number;
  warmUpMs: number;
  /** Of a closed loop; 0 by default. */
  warmUpAcks?: number;
  measureMs: number;
  /** Settings of Ridewire that the case must differ in. */
  settings?: Record<string, string>;
  /** What a dispatcher of Ridewire sees; the whole fleet in frames by default. The peers send every fix. */
  sees?: Sight;
  /** Where the CPU profile of the first instance goes. */
  profile?: string;
}

export interface PingMeasurement {
  kind: ServerKind;
  result: PingResult;
  loopDelayMs: ProbeAnswer['loopDelayMs'];
  /** The last words of the servers; usually none. */
  log: string;
}

const MAX_LOG = 1_000;

/** Names of the processes whose CPU time is taken. */
export const Observed = { first: 'first', second: 'second', redis: 'redis' } as const;

/** Starts the servers afresh on an empty Redis, loads them, and ends them. */
export async function measurePings(
  context: BenchContext,
  kind: ServerKind,
  plan: PingPlan,
): Promise<PingMeasurement> {
  const environment = benchEnvironment(context.redisUrl, plan.settings);
  const isRidewire = isOurs(kind);
  await flush(environment);
  const instances = plan.hasSecondInstance && isClustered[kind] ? 2 : 1;
  const driverIds = Array.from({ length: plan.drivers }, (_, number) => driverIdOf(number));
  const users = isRidewire
    ? await prepareUsers(environment.parsed, driverIds, instances * plan.watchersPerInstance)
    : undefined;
  const servers: RunningServer[] = [];
  try {
    for (let i = 0; i < instances; i += 1) servers.push(await startServer(kind, environment));
    const probe = servers[0]!.process;
    let loopDelayMs: ProbeAnswer['loopDelayMs'] = { p50: 0, p99: 0, max: 0 };
    const result = await runLoad(
      {
        kind: 'pings',
        isSocketIo: kind !== ServerKind.bareWs,
        port: servers[0]!.port,
        driverAuths: driverIds.map((driverId, number): Record<string, string> =>
          users ? { token: users.driverTokens[number]! } : { driverId },
        ),
        ...(isRidewire ? { readyEvent: 'hello' } : {}),
        watchers: watcherPlans(servers, plan, users),
        ...(plan.perSecond === undefined ? {} : { perSecond: plan.perSecond }),
        warmUpMs: plan.warmUpMs,
        warmUpAcks: plan.warmUpAcks ?? 0,
        measureMs: plan.measureMs,
        observed: observedOf(servers, context.redisPid),
      },
      async (checkpoint) => {
        if (checkpoint === 'begin') {
          if (plan.profile) await probe.ask('profile');
          await probe.ask('reset');
        } else {
          ({ loopDelayMs } = await probe.ask('read'));
          if (plan.profile) await probe.ask('save-profile', path.resolve(plan.profile));
        }
      },
    );
    return { kind, result, loopDelayMs, log: logOf(servers) };
  } catch (error) {
    const log = logOf(servers);
    throw new Error(`${(error as Error).message} ${log}`, { cause: error });
  } finally {
    await Promise.all(servers.map((server) => server.process.stop()));
  }
}

function logOf(servers: readonly RunningServer[]): string {
  return servers.map(({ process: { lastWords } }) => lastWords.slice(-MAX_LOG)).join('');
}

/** A run that did not come to its end: the others still give their figures. */
export function failedMeasurement(kind: ServerKind, error: unknown): PingMeasurement {
  const none = { p50: Number.NaN, p99: Number.NaN, p999: Number.NaN, max: Number.NaN };
  const reason = error instanceof Error ? error.message : String(error);
  const result: PingResult = {
    problems: [`failed: ${reason}`],
    seconds: Number.NaN,
    cpuMs: {},
    rssBytes: {},
    foreignShare: { servers: 0, load: 0 },
    generator: { cpuShare: Number.NaN, coreShare: Number.NaN, loopDelayP99Ms: Number.NaN },
    sent: 0,
    acks: 0,
    heldBack: 0,
    unanswered: [0, 0],
    ackMs: none,
    watchers: [],
    bytesIn: 0,
    bytesOut: 0,
    settled: { acks: 0, cpuMs: {} },
  };
  const loopDelayMs = { p50: Number.NaN, p99: Number.NaN, max: Number.NaN };
  return { kind, result, loopDelayMs, log: '' };
}

function watcherPlans(
  servers: readonly RunningServer[],
  plan: PingPlan,
  users: PreparedUsers | undefined,
): WatcherPlan[] {
  if (plan.watchersPerInstance === 0) return [];
  return servers.map(({ port }, instance) => ({
    name: instance === 0 ? 'same instance' : 'other instance',
    port,
    sees: users ? (plan.sees ?? { kind: 'newest' }) : { kind: 'each' },
    auths: Array.from({ length: plan.watchersPerInstance }, (_, i) =>
      users
        ? { token: users.adminTokens[instance * plan.watchersPerInstance + i]! }
        : { driverId: 'none' },
    ),
  }));
}

export function observedOf(servers: readonly RunningServer[], redisPid: number): ObservedProcess[] {
  const names = [Observed.first, Observed.second];
  return [
    ...servers.map(({ process: { pid } }, i) => ({
      name: names[i] ?? `instance ${i + 1}`,
      pid,
      core: Core.servers,
    })),
    { name: Observed.redis, pid: redisPid, core: Core.redis },
  ];
}
