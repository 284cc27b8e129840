import path from 'node:path';
import { profilePath } from '../arguments.js';
import { isWithin, type BenchCase, type Row, type Target } from '../bench-case.js';
import { type BenchContext } from '../bench-context.js';
import { countingRuns, describeRuns, foreignShareOf } from '../disturbance.js';
import { bottleneckOf } from '../load/bottleneck.js';
import { driverIdOf } from '../load/fix-track.js';
import { type HandshakeResult, type HandshakeScenario } from '../load/handshake-scenario.js';
import { runLoad } from '../load/load-process.js';
import { medianOf } from '../quantiles.js';
import { type ProbeAnswer } from '../servers/probe-messages.js';
import { ServerKind, titleOf } from '../servers/server-kind.js';
import { observedOf, Observed } from './ping-measurement.js';
import { milliseconds, number } from './ping-rows.js';
import { OPEN_DOORS, startPrepared } from './prepared-server.js';
import { undisturbed } from './undisturbed.js';

const KINDS = [
  ServerKind.ridewire,
  ServerKind.plainSocketIo,
  ServerKind.stockNestAlone,
  ServerKind.bareWs,
] as const;
const USERS = 2_000;
const LANES = 200;
const MANY = 5_000;
const QUICK_MANY = 2_000;
/** V8 is still compiling our server, which has the longest path, after half as many. */
const WARM_UP_HANDSHAKES = 20_000;
const MAX_RATIO = 1.25;
const COME_AND_GO = 'come and go';
const AT_ONCE = 'all at once';
const DEFAULT_ADMISSION = 'all at once, default admission';

interface HandshakeRun {
  kind: ServerKind;
  name: string;
  result: HandshakeResult;
  loopDelayMs: ProbeAnswer['loopDelayMs'];
}

interface HandshakePlan {
  kind: ServerKind;
  name: string;
  users: number;
  mode: HandshakeScenario['mode'];
  settings?: Record<string, string>;
}

export const handshakeCase: BenchCase = {
  number: 5,
  title: `handshakes: ${LANES} clients come and go, then many reconnect at once`,
  // Those of connections that broke may not be free at once.
  connections: (isQuick) => 2 * manyOf(isQuick),
  async run(context) {
    const { measureMs, repeat, quick } = context.arguments;
    const many = manyOf(quick);
    const passing = { kind: 'come and go', measureMs } as const;
    const mode = { kind: 'reconnect' } as const;
    const runs: HandshakeRun[] = [];
    for (let turn = 0; turn < repeat; turn += 1) {
      for (const kind of KINDS)
        runs.push(await measure(context, { kind, name: COME_AND_GO, users: USERS, mode: passing }));
      for (const kind of [ServerKind.ridewire, ServerKind.plainSocketIo])
        runs.push(await measure(context, { kind, name: AT_ONCE, users: many, mode }));
    }
    const settings = {
      WS_MAX_CONNECTIONS_PER_ADDRESS: OPEN_DOORS.WS_MAX_CONNECTIONS_PER_ADDRESS,
    };
    const byDefault = { kind: ServerKind.ridewire, name: DEFAULT_ADMISSION, users: many };
    runs.push(await measure(context, { ...byDefault, mode, settings }));
    return {
      rows: rowsOf(runs),
      targets: targetsOf(runs, many),
      notes: [
        'A handshake is connection, upgrade, CONNECT, welcome, 100 ms of staying, and leaving; Ridewire checks token, session and account.',
        `Before it is measured every server has had ${number(warmUpOf(quick))} handshakes: an instance in production is warm, and V8 takes longer to compile a longer path.`,
        'All at once: the connections of all clients break at the same time and all come back at once; the server deals with both.',
        'Default admission lets 1,000 a second in and refuses the rest with "try again": clients do, after 1 to 2 s.',
      ],
      runs,
    };
  },
};

function manyOf(isQuick: boolean): number {
  return isQuick ? QUICK_MANY : MANY;
}

function warmUpOf(isQuick: boolean): number {
  return isQuick ? QUICK_MANY : WARM_UP_HANDSHAKES;
}

function measure(context: BenchContext, plan: HandshakePlan): Promise<HandshakeRun> {
  return undisturbed(context, async () => {
    const run = await measureOnce(context, plan);
    const { problems, handshakes, seconds, generator } = run.result;
    const invalid = problems.length > 0 ? `; INVALID: ${problems.join('; ')}` : '';
    context.progress(
      `  ${titleOf[run.kind]}, ${run.name}: ${number(cpuUsOf(run))} CPU µs each, ` +
        `${number(handshakes)} in ${number(seconds, 1)} s, load CPU ${number(generator.cpuShare * 100)} %${invalid}`,
    );
    return run;
  });
}

async function measureOnce(
  context: BenchContext,
  { kind, name, users, mode, settings }: HandshakePlan,
): Promise<HandshakeRun> {
  const driverIds = Array.from({ length: users }, (_, driver) => driverIdOf(driver));
  const { server, auths, readyEvent } = await startPrepared(context, kind, driverIds, settings);
  const isProfiled =
    context.arguments.profile && kind === ServerKind.ridewire && name !== DEFAULT_ADMISSION;
  const probe = server.process;
  let loopDelayMs: ProbeAnswer['loopDelayMs'] = { p50: 0, p99: 0, max: 0 };
  try {
    const result = await runLoad(
      {
        kind: 'handshakes',
        isSocketIo: server.isSocketIo,
        port: server.port,
        auths,
        ...readyEvent,
        mode,
        lanes: LANES,
        warmUpHandshakes: warmUpOf(context.arguments.quick),
        observed: observedOf([server], context.redisPid),
      },
      async (checkpoint) => {
        if (checkpoint === 'begin') {
          if (isProfiled) await probe.ask('profile');
          await probe.ask('reset');
          return;
        }
        ({ loopDelayMs } = await probe.ask('read'));
        if (!isProfiled) return;
        const file = profilePath(context.arguments, name.replaceAll(' ', '-'));
        await probe.ask('save-profile', path.resolve(file));
      },
    );
    return { kind, name, result, loopDelayMs };
  } catch (error) {
    throw new Error(`${titleOf[kind]}, ${name}: ${(error as Error).message} ${probe.lastWords}`, {
      cause: error,
    });
  } finally {
    await probe.stop();
  }
}

function cpuUsOf({ result }: HandshakeRun, name: string = Observed.first): number {
  return ((result.cpuMs[name] ?? Number.NaN) * 1_000) / result.handshakes;
}

function rowsOf(all: readonly HandshakeRun[]): Row[] {
  const names = [...new Set(all.map(({ name, kind }) => `${name}|${kind}`))];
  return names.map((key) => {
    const runs = all.filter(({ name, kind }) => key === `${name}|${kind}`);
    const median = (pick: (run: HandshakeRun) => number) => medianOf(countingRuns(runs).map(pick));
    const each = (pick: (run: HandshakeRun) => number) =>
      median((run) => pick(run) / run.result.handshakes);
    const [{ kind, name }] = runs as [HandshakeRun];
    const bottleneck = countingRuns(runs)
      .map(({ result }) => bottleneckOf(result))
      .find(Boolean);
    return {
      server: titleOf[kind],
      how: name,
      runs: describeRuns(runs),
      'CPU µs each': number(median((run) => cpuUsOf(run))),
      'Redis µs': number(median((run) => cpuUsOf(run, Observed.redis))),
      'a second': number(median(({ result }) => result.handshakes / result.seconds)),
      welcomed: number(median(({ result }) => result.handshakes)),
      seconds: number(
        median(({ result }) => result.seconds),
        1,
      ),
      refusals: number(median(({ result }) => result.refusals)),
      p50: milliseconds(median(({ result }) => result.welcomeMs.p50)),
      p99: milliseconds(median(({ result }) => result.welcomeMs.p99)),
      'p99.9': milliseconds(median(({ result }) => result.welcomeMs.p999)),
      last: milliseconds(median(({ result }) => result.welcomeMs.max)),
      'bytes in': number(each(({ result }) => result.bytesOut)),
      'bytes out': number(each(({ result }) => result.bytesIn)),
      'RSS MB': number(median(({ result }) => (result.rssBytes[Observed.first] ?? NaN) / 1e6)),
      'loop p99': milliseconds(median(({ loopDelayMs }) => loopDelayMs.p99)),
      others: `${number(median(({ result }) => foreignShareOf(result)) * 100)} %`,
      'load CPU':
        `${number(median(({ result }) => result.generator.cpuShare) * 100)} %` +
        (bottleneck ? ` (${bottleneck})` : ''),
    };
  });
}

function targetsOf(all: readonly HandshakeRun[], many: number): Target[] {
  const of = (kind: ServerKind, name: string) =>
    countingRuns(all.filter((run) => run.kind === kind && run.name === name));
  const median = (runs: readonly HandshakeRun[], pick: (run: HandshakeRun) => number) =>
    medianOf(runs.map(pick));
  const cpuOf = (kind: ServerKind) => median(of(kind, COME_AND_GO), (run) => cpuUsOf(run));
  const secondsOf = (kind: ServerKind, name: string) =>
    median(of(kind, name), ({ result }) => result.seconds);
  const plainUs = cpuOf(ServerKind.plainSocketIo);
  const ratio = cpuOf(ServerKind.ridewire) / plainUs;
  const { ridewire, plainSocketIo } = ServerKind;
  /** Of as many who come one after the other. */
  const neededSeconds = (kind: ServerKind) => (cpuOf(kind) * many) / 1e6;
  const backText = (kind: ServerKind) =>
    `${number(secondsOf(kind, AT_ONCE), 1)} s, CPU needs ${number(neededSeconds(kind), 1)} s`;
  const isWhole = (name: string) =>
    all
      .filter((run) => run.kind === ridewire && run.name === name)
      .every(({ result }) => result.problems.length === 0 && result.handshakes === many);
  return [
    {
      what: 'CPU a handshake, token and session checked',
      figures: Object.fromEntries(
        KINDS.map((kind) => [
          kind,
          `${number(cpuOf(kind))} µs${kind === ridewire ? ` (${number(ratio, 2)}x)` : ''}`,
        ]),
      ),
      target: `at most ${MAX_RATIO}x plain Socket.IO's`,
      met: isWithin(ratio, MAX_RATIO),
    },
    {
      what: `${number(many)} reconnect at once: the last is back after`,
      figures: {
        [ridewire]: backText(ridewire) + (isWhole(AT_ONCE) ? '' : ', with errors'),
        [plainSocketIo]: backText(plainSocketIo),
      },
      target: 'the time that the CPU needs, no error, none starved',
      met:
        isWhole(AT_ONCE) &&
        isWithin(secondsOf(ridewire, AT_ONCE), neededSeconds(ridewire)) !== false,
    },
    {
      what: 'the same with default admission',
      figures: {
        [ridewire]:
          `${number(secondsOf(ridewire, DEFAULT_ADMISSION), 1)} s, ` +
          `${number(median(of(ridewire, DEFAULT_ADMISSION), ({ result }) => result.refusals))} told to try again`,
      },
      target: 'all back, no error',
      met: isWhole(DEFAULT_ADMISSION),
    },
  ];
}
