import { isWithin, type BenchCase, type Row, type Target } from '../bench-case.js';
import { medianOf } from '../quantiles.js';
import { ServerKind, titleOf } from '../servers/server-kind.js';
import { measureIdle, type IdleMeasurement, type Memory } from './idle-measurement.js';
import { number } from './ping-rows.js';

const KINDS = [
  ServerKind.ridewire,
  ServerKind.plainSocketIo,
  ServerKind.stockNestAlone,
  ServerKind.bareWs,
] as const;
const AIM_KB = 20;
const BACK_WITHIN = 1.1;
const ROUNDS = 10;
const QUICK_ROUNDS = 2;

export const idleCase: BenchCase = {
  number: 4,
  title: 'idle connections: memory above the empty server, and whether it comes back',
  connections: (isQuick) => stepsOf(isQuick).at(-1)!,
  async run(context) {
    const { quick, repeat } = context.arguments;
    const steps = stepsOf(quick);
    const rounds = quick ? QUICK_ROUNDS : ROUNDS;
    const runs: IdleMeasurement[] = [];
    for (let turn = 1; turn <= repeat; turn += 1) {
      for (const kind of KINDS) {
        const moreRounds = kind === ServerKind.ridewire && turn === 1 ? rounds - 1 : 0;
        runs.push(await measureIdle(context, kind, steps, moreRounds));
        context.progress(`  ${turn}. ${titleOf[kind]}: ${progressOf(runs.at(-1)!)}`);
      }
    }
    const byKind = KINDS.map((kind) => runs.filter((run) => run.kind === kind));
    return {
      rows: byKind.map((some) => rowOf(some, steps)),
      targets: targetsOf(byKind, steps, rounds),
      notes: [
        'RSS after a garbage collection, from /proc, once the server is done with what came and left (idle for a second, 20 s at most). Ridewire: with token, session, lease and room.',
        'After: RSS, and V8 heap, when all have left, against the server before the first came.',
        `Every run fills a server up to the largest number and empties it once; the first of Ridewire goes on to fill it up to the smallest and to empty it, ${rounds} times in all. After: the worst time.`,
      ],
      runs,
    };
  },
};

function stepsOf(isQuick: boolean): number[] {
  return isQuick ? [2_000] : [5_000, 15_000];
}

/** Runs with a client that was lost give no figure. */
function validOf(runs: readonly IdleMeasurement[]): IdleMeasurement[] {
  return runs.filter(({ problems }) => problems.length === 0);
}

/** Kilobytes of a connection above the empty server: the median of the runs. */
function kilobytesEach(
  runs: readonly IdleMeasurement[],
  at: number,
  pick: (memory: Memory) => number,
): number {
  return medianOf(
    runs.map(({ empty, steps }) => {
      const step = steps.find(({ connections }) => connections === at);
      return step ? (pick(step.memory) - pick(empty)) / at / 1_024 : Number.NaN;
    }),
  );
}

const rssOf = ({ rssBytes }: Memory) => rssBytes;
const heapOf = ({ heapUsedBytes }: Memory) => heapUsedBytes;

/** What is left after each time that all have left, as a share of the empty server. */
function sharesLeft(runs: readonly IdleMeasurement[], pick: (memory: Memory) => number): number[] {
  return runs.flatMap(({ empty, rounds }) => rounds.map((after) => pick(after) / pick(empty)));
}

function rowOf(runs: readonly IdleMeasurement[], steps: readonly number[]): Row {
  const valid = validOf(runs);
  const row: Row = {
    server: titleOf[runs[0]!.kind],
    runs: `${valid.length}/${runs.length}`,
    'empty MB': number(medianOf(valid.map(({ empty }) => empty.rssBytes / 1e6))),
  };
  for (const at of steps) {
    row[`KB at ${number(at)}`] = number(kilobytesEach(valid, at, rssOf), 1);
    row[`heap KB at ${number(at)}`] = number(kilobytesEach(valid, at, heapOf), 1);
  }
  row['RSS after'] = `${number(Math.max(...sharesLeft(valid, rssOf)) * 100)} %`;
  row['heap after'] = `${number(Math.max(...sharesLeft(valid, heapOf)) * 100)} %`;
  row['times emptied'] = number(sharesLeft(valid, rssOf).length);
  return row;
}

function targetsOf(
  byKind: readonly (readonly IdleMeasurement[])[],
  steps: readonly number[],
  rounds: number,
): Target[] {
  const measured = byKind.map(validOf).filter((runs) => runs.length > 0);
  const find = (kind: ServerKind) => measured.find(([run]) => run!.kind === kind) ?? [];
  const textsOf = (textOf: (runs: readonly IdleMeasurement[]) => string) =>
    Object.fromEntries(measured.map((runs) => [runs[0]!.kind, textOf(runs)]));
  const ours = find(ServerKind.ridewire);
  const plain = find(ServerKind.plainSocketIo);
  return [
    ...steps.map((at) => ({
      what: `RSS of an idle connection, ${number(at)} of them`,
      figures: textsOf((runs) => `${number(kilobytesEach(runs, at, rssOf), 1)} KB`),
      target: `at most plain Socket.IO's, aiming at ${AIM_KB} KB`,
      met: isWithin(kilobytesEach(ours, at, rssOf) / kilobytesEach(plain, at, rssOf), 1),
    })),
    {
      what: 'RSS above the empty server after all have left',
      figures: textsOf(describeReturn),
      target: 'within 10 %, ten times over',
      met: ours.some((run) => run.rounds.length === rounds)
        ? isWithin(Math.max(...sharesLeft(ours, rssOf)), BACK_WITHIN)
        : undefined,
    },
  ];
}

function describeReturn(runs: readonly IdleMeasurement[]): string {
  const shares = sharesLeft(runs, rssOf);
  return `${number((Math.max(...shares) - 1) * 100, 1)} % at most, ${shares.length} times`;
}

function progressOf({ empty, steps, rounds, problems }: IdleMeasurement): string {
  const megabytes = [empty, ...steps.map(({ memory }) => memory), ...rounds].map(({ rssBytes }) =>
    number(rssBytes / 1e6),
  );
  return `RSS ${megabytes.join(', ')} MB${problems.length > 0 ? `; INVALID: ${problems.join('; ')}` : ''}`;
}
