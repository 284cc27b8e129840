import path from 'node:path';
import { profilePath } from '../arguments.js';
import { type BenchCase, type Row, type Target } from '../bench-case.js';
import { type BenchContext } from '../bench-context.js';
import { driverIdOf } from '../load/fix-track.js';
import { type HandshakeResult, type HandshakeScenario } from '../load/handshake-scenario.js';
import { runLoad } from '../load/load-process.js';
import { medianOf } from '../quantiles.js';
import { untilQuiet } from '../quiet-machine.js';
import { ServerKind, titleOf } from '../servers/server-kind.js';
import { observedOf, Observed } from './ping-measurement.js';
import { milliseconds, number } from './ping-rows.js';
import { OPEN_DOORS, startPrepared } from './prepared-server.js';

const KINDS = [
  ServerKind.ridewire,
  ServerKind.plainSocketIo,
  ServerKind.stockNestAlone,
  ServerKind.bareWs,
] as const;
const USERS = 2_000;
const LANES = 50;
const STORM = 5_000;
const MAX_RATIO = 1.25;
const STORM_SLACK = 1.5;
const MAX_TURNS = 2;
const DEFAULT_ADMISSION = 'all at once, default admission';

interface HandshakeRun {
  kind: ServerKind;
  name: string;
  result: HandshakeResult;
}

export const handshakeCase: BenchCase = {
  number: 5,
  title: `handshakes: ${LANES} clients come and go, then ${number(STORM)} come at once`,
  async run(context) {
    const { warmUpMs, measureMs, repeat } = context.arguments;
    const runs: HandshakeRun[] = [];
    const lanes = { kind: 'lanes', lanes: LANES, warmUpMs, measureMs } as const;
    for (let turn = 0; turn < Math.min(repeat, MAX_TURNS); turn += 1) {
      for (const kind of KINDS)
        runs.push(await measure(context, kind, 'come and go', USERS, lanes));
    }
    const storm = { kind: 'storm' } as const;
    for (const kind of [ServerKind.ridewire, ServerKind.plainSocketIo]) {
      runs.push(await measure(context, kind, 'all at once', STORM, storm));
    }
    runs.push(
      await measure(context, ServerKind.ridewire, DEFAULT_ADMISSION, STORM, storm, {
        WS_MAX_CONNECTIONS_PER_ADDRESS: OPEN_DOORS.WS_MAX_CONNECTIONS_PER_ADDRESS,
      }),
    );
    return {
      rows: rowsOf(runs),
      targets: targetsOf(runs),
      notes: [
        'A handshake is connection, upgrade, CONNECT, welcome and leaving; Ridewire checks token, session and account.',
        'Default admission lets 1,000 a second in and refuses the rest with "try again": clients do, after 1 to 2 s.',
      ],
      runs,
    };
  },
};

async function measure(
  context: BenchContext,
  kind: ServerKind,
  name: string,
  users: number,
  mode: HandshakeScenario['mode'],
  settings?: Record<string, string>,
): Promise<HandshakeRun> {
  const { patienceMs, profile } = context.arguments;
  await untilQuiet(patienceMs);
  const driverIds = Array.from({ length: users }, (_, driver) => driverIdOf(driver));
  const { server, auths, readyEvent } = await startPrepared(context, kind, driverIds, settings);
  try {
    const isProfiled = profile && kind === ServerKind.ridewire && name !== DEFAULT_ADMISSION;
    if (isProfiled) await server.process.ask('profile');
    const result = await runLoad({
      kind: 'handshakes',
      isSocketIo: server.isSocketIo,
      port: server.port,
      auths,
      ...readyEvent,
      mode,
      observed: observedOf([server], context.redisPid),
    });
    if (isProfiled) {
      const file = profilePath(context.arguments, name.replaceAll(' ', '-'));
      await server.process.ask('save-profile', path.resolve(file));
    }
    const run = { kind, name, result };
    const problems = result.problems.length > 0 ? `; INVALID: ${result.problems.join('; ')}` : '';
    context.progress(
      `  ${titleOf[kind]}, ${name}: ${number(cpuUsOf(run))} CPU µs each, ` +
        `${number(result.handshakes / result.seconds)} a second${problems}`,
    );
    return run;
  } catch (error) {
    throw new Error(
      `${titleOf[kind]}, ${name}: ${(error as Error).message} ${server.process.lastWords}`,
      { cause: error },
    );
  } finally {
    await server.process.stop();
  }
}

function cpuUsOf({ result }: HandshakeRun, name: string = Observed.first): number {
  return ((result.cpuMs[name] ?? Number.NaN) * 1_000) / result.handshakes;
}

function rowsOf(all: readonly HandshakeRun[]): Row[] {
  const names = [...new Set(all.map(({ name, kind }) => `${name}|${kind}`))];
  return names.map((key) => {
    const runs = all.filter(({ name, kind }) => key === `${name}|${kind}`);
    const valid = runs.filter(({ result }) => result.problems.length === 0);
    const median = (pick: (run: HandshakeRun) => number) => medianOf(valid.map(pick));
    const [{ kind, name }] = runs as [HandshakeRun];
    return {
      server: titleOf[kind],
      how: name,
      valid: `${valid.length}/${runs.length}`,
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
      last: milliseconds(median(({ result }) => result.welcomeMs.max)),
      'load CPU': `${number(median(({ result }) => result.generator.cpuShare) * 100)} %`,
    };
  });
}

function targetsOf(runs: readonly HandshakeRun[]): Target[] {
  const cpuOf = (kind: ServerKind) =>
    medianOf(
      runs
        .filter((run) => run.kind === kind && run.name === 'come and go')
        .filter(({ result }) => result.problems.length === 0)
        .map((run) => cpuUsOf(run)),
    );
  const ratio = cpuOf(ServerKind.ridewire) / cpuOf(ServerKind.plainSocketIo);
  const storm = runs.find(
    ({ kind, name }) => kind === ServerKind.ridewire && name === 'all at once',
  )!.result;
  /** Of so many handshakes that come one after the other. */
  const neededSeconds = (cpuOf(ServerKind.ridewire) * STORM) / 1e6;
  return [
    {
      text: `at most ${MAX_RATIO}x plain Socket.IO's CPU`,
      figure: `${number(ratio, 2)}x`,
      met: Number.isNaN(ratio) ? undefined : ratio <= MAX_RATIO,
    },
    {
      text: `${number(STORM)} at once: all back in about the time that the CPU needs, no error`,
      figure: `${number(storm.handshakes)} in ${number(storm.seconds, 1)} s, ${number(neededSeconds, 1)} s of CPU in steady traffic, ${storm.problems.length} kinds of errors`,
      met:
        storm.problems.length === 0 &&
        storm.handshakes === STORM &&
        storm.seconds <= neededSeconds * STORM_SLACK,
    },
  ];
}
