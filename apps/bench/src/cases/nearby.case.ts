import path from 'node:path';
import { profilePath } from '../arguments.js';
import { isWithin, type BenchCase, type Row, type Target } from '../bench-case.js';
import { type BenchContext } from '../bench-context.js';
import { countingRuns, describeRuns } from '../disturbance.js';
import { runLoad } from '../load/load-process.js';
import { type NearbyResult } from '../load/nearby-run.js';
import { type SnapshotResult } from '../load/viewport-snapshot-run.js';
import { medianOf } from '../quantiles.js';
import {
  callsPer,
  listCalls,
  medianCalls,
  readRedisCounters,
  type RedisCounters,
} from '../redis-counters.js';
import { benchEnvironment, type BenchEnvironment } from '../servers/bench-environment.js';
import { flush } from '../servers/empty-redis.js';
import { prepareUsers } from '../servers/prepared-users.js';
import { type ProbeAnswer } from '../servers/probe-messages.js';
import { ServerKind } from '../servers/server-kind.js';
import { startServer, type RunningServer } from '../servers/start-server.js';
import { IN_VIEW, PLACES, RADIUS_METERS, storeDrivers, type Place } from './nearby-drivers.js';
import { observedOf, Observed } from './ping-measurement.js';
import { milliseconds, number } from './ping-rows.js';
import { undisturbed } from './undisturbed.js';

/** Stored drivers live, and stay as they are, as long as the case takes; dispatchers ask faster than people. */
const SETTINGS = {
  DRIVER_LEASE: '1h',
  DRIVER_GRACE: '10s',
  QUALITY_DELAYED_AFTER: '1h',
  QUALITY_STALE_AFTER: '2h',
  QUALITY_LOST_AFTER: '3h',
  WS_RATE_PER_SECOND: '1000',
  WS_RATE_BURST: '1000',
};
const STORED = [1_000, 10_000, 100_000];
const QUICK_STORED = [1_000, 10_000];
const LANES = 4;
const TOLERANCE = 1.5;
/** Half the sides of a viewport around a place. */
const HALF_VIEW_DEGREES = 0.01;
const VIEW_ZOOM = 15;
/** Snapshots come once a tick at most: more time for as many. */
const LONGER = 2;

/** One kind of question at one number of stored drivers. */
interface Measurement {
  stored: number;
  what: 'search' | 'viewport';
  result: NearbyResult | SnapshotResult;
  answers: number;
  answerMs: NearbyResult['answerMs'];
  bytesPerAnswer: number;
  /** Per answer, without what the server does in any case. */
  cpuUs: { server: number; redis: number };
  /** CPU milliseconds a second of a server that is asked nothing. */
  idleMsPerSecond: number;
  calls: Record<string, number>;
  rssBytes: number;
  loopP99Ms: number;
}

export const nearbyCase: BenchCase = {
  number: 7,
  title: `nearby search over REST and viewport snapshots: ${IN_VIEW} drivers in view of ever more that are stored`,
  connections: () => PLACES.length,
  async run(context) {
    const runs: Measurement[] = [];
    const sizes = context.arguments.quick ? QUICK_STORED : STORED;
    for (let turn = 1; turn <= context.arguments.repeat; turn += 1) {
      for (const stored of sizes) {
        context.progress(`  ${turn}. storing ${number(stored)} drivers`);
        runs.push(...(await measureBoth(context, stored)));
      }
    }
    const bySize = (kind: Measurement['what']) =>
      sizes.map((size) => runs.filter(({ stored, what }) => stored === size && what === kind));
    return {
      rows: [...bySize('search'), ...bySize('viewport')].map(rowOf),
      targets: [
        targetOf('nearby search: CPU of server and Redis', bySize('search')),
        targetOf('viewport snapshot: CPU of server and Redis', bySize('viewport')),
      ],
      notes: [
        'A search is the whole way: REST, token and session check, search, JSON. A snapshot is admin:viewport:set, its ack and the frame with all in view, which comes with the next tick.',
        'CPU is what an answer adds; "idle" is what the server takes while a dispatcher looks on and asks nothing.',
      ],
      runs,
    };
  },
};

async function measureBoth(context: BenchContext, stored: number): Promise<Measurement[]> {
  const environment = benchEnvironment(context.redisUrl, SETTINGS);
  await flush(environment);
  const { adminTokens } = await prepareUsers(environment.parsed, [], PLACES.length);
  await storeDrivers(environment.parsed, stored);
  const server = await startServer(ServerKind.ridewire, environment);
  try {
    const runs = [];
    for (const measure of [search, snapshots]) {
      const run = await undisturbed(context, () =>
        measure({ context, environment, server, tokens: adminTokens, stored }),
      );
      runs.push(run);
      const { problems } = run.result;
      context.progress(
        `  ${number(stored)} stored, ${run.what}: ${number(run.cpuUs.server + run.cpuUs.redis)} CPU µs each` +
          (problems.length > 0 ? `; INVALID: ${problems.join('; ')}` : ''),
      );
    }
    return runs;
  } finally {
    await server.process.stop();
  }
}

interface Prepared {
  context: BenchContext;
  environment: BenchEnvironment;
  server: RunningServer;
  tokens: readonly string[];
  stored: number;
}

async function search(prepared: Prepared): Promise<Measurement> {
  const { context, server, tokens } = prepared;
  const { warmUpMs, measureMs } = context.arguments;
  const observer = new Observer(prepared, 'search');
  const result = await runLoad(
    {
      kind: 'nearby',
      port: server.port,
      paths: PLACES.map(searchPath),
      token: tokens[0]!,
      expected: IN_VIEW,
      lanes: LANES,
      warmUpMs,
      measureMs,
      observed: observedOf([server], context.redisPid),
    },
    () => observer.look(),
  );
  const { queries: answers, answerMs, bytesPerAnswer } = result;
  return observer.measured(result, { answers, answerMs, bytesPerAnswer });
}

async function snapshots(prepared: Prepared): Promise<Measurement> {
  const { context, server, tokens } = prepared;
  const { warmUpMs, measureMs } = context.arguments;
  const observer = new Observer(prepared, 'viewport');
  const result = await runLoad(
    {
      kind: 'snapshots',
      port: server.port,
      auths: tokens.map((token) => ({ token })),
      views: PLACES.map(viewOf),
      readyEvent: 'hello',
      expected: IN_VIEW,
      warmUpMs,
      measureMs: measureMs * LONGER,
      observed: observedOf([server], context.redisPid),
    },
    () => observer.look(),
  );
  const { snapshots: answers, shownMs: answerMs, bytesPerSnapshot: bytesPerAnswer } = result;
  const idle = result.idleCpuMsPerSecond;
  return observer.measured(result, { answers, answerMs, bytesPerAnswer }, idle);
}

/** Asks Redis and the server before and after. */
class Observer {
  private readonly counters: RedisCounters[] = [];
  private probe: ProbeAnswer | undefined;

  constructor(
    private readonly prepared: Prepared,
    private readonly what: Measurement['what'],
  ) {}

  async look(): Promise<void> {
    const { context, environment, server, stored } = this.prepared;
    const isFirst = this.counters.length === 0;
    if (isFirst && context.arguments.profile) await server.process.ask('profile');
    this.counters.push(await readRedisCounters(environment.parsed));
    this.probe = await server.process.ask(isFirst ? 'reset' : 'read');
    if (isFirst || !context.arguments.profile) return;
    const file = profilePath(context.arguments, `${this.what}-of-${stored}`);
    await server.process.ask('save-profile', path.resolve(file));
  }

  measured(
    result: Measurement['result'],
    answered: Pick<Measurement, 'answers' | 'answerMs' | 'bytesPerAnswer'>,
    idle: Record<string, number> = {},
  ): Measurement {
    const { answers } = answered;
    const cpuUs = (name: string) =>
      (((result.cpuMs[name] ?? Number.NaN) - (idle[name] ?? 0) * result.seconds) * 1_000) / answers;
    const [before, after] = this.counters as [RedisCounters, RedisCounters];
    return {
      stored: this.prepared.stored,
      what: this.what,
      result,
      ...answered,
      cpuUs: { server: cpuUs(Observed.first), redis: cpuUs(Observed.redis) },
      idleMsPerSecond: idle[Observed.first] ?? Number.NaN,
      calls: callsPer(answers, before, after),
      rssBytes: this.probe!.rssBytes,
      loopP99Ms: this.probe!.loopDelayMs.p99,
    };
  }
}

function searchPath({ lat, lng }: Place): string {
  const query = new URLSearchParams({
    lat: String(lat),
    lng: String(lng),
    radiusMeters: String(RADIUS_METERS),
    limit: '500',
    includeUnavailable: 'true',
    maxAgeMs: '3600000',
  });
  return `/api/driver-availability/nearby?${query.toString()}`;
}

function viewOf({ lat, lng }: Place) {
  const half = HALF_VIEW_DEGREES;
  return {
    box: { west: lng - half, south: lat - half, east: lng + half, north: lat + half },
    zoom: VIEW_ZOOM,
  };
}

/** The medians of the runs of one kind and size. */
function rowOf(all: readonly Measurement[]): Row {
  const { stored, what } = all[0]!;
  const runs = countingRuns(all);
  const median = (pick: (run: Measurement) => number) => medianOf(runs.map(pick));
  return {
    stored: number(stored),
    what,
    runs: describeRuns(all),
    'answers/s': number(median(({ answers, result }) => answers / result.seconds)),
    'CPU µs each': number(median(({ cpuUs }) => cpuUs.server)),
    'Redis µs': number(median(({ cpuUs }) => cpuUs.redis)),
    'Redis commands each': runs.length === 0 ? '-' : listCalls(medianCalls(runs)) || 'none',
    'idle CPU ms/s': number(
      median(({ idleMsPerSecond }) => idleMsPerSecond),
      1,
    ),
    p50: milliseconds(median(({ answerMs }) => answerMs.p50)),
    p99: milliseconds(median(({ answerMs }) => answerMs.p99)),
    'p99.9': milliseconds(median(({ answerMs }) => answerMs.p999)),
    'KB each': number(median(({ bytesPerAnswer }) => bytesPerAnswer) / 1_024, 1),
    'RSS MB': number(median(({ rssBytes }) => rssBytes / 1e6)),
    'loop p99': milliseconds(median(({ loopP99Ms }) => loopP99Ms)),
    'load CPU': `${number(median(({ result }) => result.generator.cpuShare) * 100)} %`,
  };
}

function targetOf(what: string, bySize: readonly (readonly Measurement[])[]): Target {
  const costs = bySize.map((runs) =>
    medianOf(countingRuns(runs).map(({ cpuUs }) => cpuUs.server + cpuUs.redis)),
  );
  const sizes = bySize.map((runs) => number(runs[0]!.stored)).join(', ');
  return {
    what: `${what}, ${IN_VIEW} in view of ${sizes} stored`,
    figures: { [ServerKind.ridewire]: `${costs.map((cost) => number(cost)).join(', ')} µs` },
    target: 'by drivers in view, not by drivers stored',
    met: isWithin(Math.max(...costs) / costs[0]!, TOLERANCE),
  };
}
