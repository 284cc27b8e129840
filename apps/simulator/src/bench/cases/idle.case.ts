import { isWithin, type BenchCase, type Row, type Target } from '../bench-case.js';
import { ServerKind, titleOf } from '../servers/server-kind.js';
import { measureIdle, type IdleMeasurement } from './idle-measurement.js';
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
    const { quick } = context.arguments;
    const steps = stepsOf(quick);
    const roundsOf = (kind: ServerKind) =>
      kind === ServerKind.ridewire ? (quick ? QUICK_ROUNDS : ROUNDS) - 1 : 0;
    const runs: IdleMeasurement[] = [];
    for (const kind of KINDS) {
      runs.push(await measureIdle(context, kind, steps, roundsOf(kind)));
      context.progress(`  ${titleOf[kind]}: ${progressOf(runs.at(-1)!)}`);
    }
    return {
      rows: runs.map(rowOf),
      targets: targetsOf(runs, steps),
      notes: [
        'RSS after a garbage collection, from /proc, once the server is done with what came and left (idle for a second, 20 s at most). Ridewire: with token, session, lease and room.',
        'After: RSS, and V8 heap, when all have left, against the server before the first came.',
        `Ridewire is filled and emptied ${quick ? QUICK_ROUNDS : ROUNDS} times: the first time up to the largest number, then up to the smallest. The peers once.`,
      ],
      runs,
    };
  },
};

function stepsOf(isQuick: boolean): number[] {
  return isQuick ? [2_000] : [5_000, 15_000];
}

function rowOf({ kind, problems, empty, steps, rounds }: IdleMeasurement): Row {
  const last = rounds.at(-1)!;
  const row: Row = {
    server: titleOf[kind],
    valid: problems.length === 0 ? 'yes' : 'NO',
    'empty MB': number(empty.rssBytes / 1e6),
  };
  for (const { connections, memory } of steps) {
    const perConnection = (pick: (of: typeof memory) => number) =>
      number((pick(memory) - pick(empty)) / connections / 1_024, 1);
    row[`KB at ${number(connections)}`] = perConnection(({ rssBytes }) => rssBytes);
    row[`heap KB at ${number(connections)}`] = perConnection(({ heapUsedBytes }) => heapUsedBytes);
  }
  row['RSS after'] = `${number((last.rssBytes / empty.rssBytes) * 100)} %`;
  row['heap after'] = `${number((last.heapUsedBytes / empty.heapUsedBytes) * 100)} %`;
  row['rounds'] = String(rounds.length);
  return row;
}

function targetsOf(runs: readonly IdleMeasurement[], steps: readonly number[]): Target[] {
  const valid = runs.filter(({ problems }) => problems.length === 0);
  const find = (kind: ServerKind) => valid.find((one) => one.kind === kind);
  const bytesEach = (run: IdleMeasurement | undefined, at: number) => {
    const step = run?.steps.find(({ connections }) => connections === at);
    return step ? (step.memory.rssBytes - run!.empty.rssBytes) / at : Number.NaN;
  };
  const textsOf = (textOf: (run: IdleMeasurement) => string) =>
    Object.fromEntries(valid.map((run) => [run.kind, textOf(run)]));
  const ours = find(ServerKind.ridewire);
  const plain = find(ServerKind.plainSocketIo);
  return [
    ...steps.map((at) => ({
      what: `RSS of an idle connection, ${number(at)} of them`,
      figures: textsOf((run) => `${number(bytesEach(run, at) / 1_024, 1)} KB`),
      target: `at most plain Socket.IO's, aiming at ${AIM_KB} KB`,
      met: isWithin(bytesEach(ours, at) / bytesEach(plain, at), 1),
    })),
    {
      what: 'RSS above the empty server after all have left',
      figures: textsOf(describeReturn),
      target: 'within 10 %, ten times over',
      met:
        ours &&
        isWithin(Math.max(...ours.rounds.map((after) => shareOf(ours, after))), BACK_WITHIN),
    },
  ];
}

function describeReturn(run: IdleMeasurement): string {
  const shares = run.rounds.map((after) => shareOf(run, after) - 1);
  const percent = (share: number) => `${number(share * 100)} %`;
  if (shares.length === 1) return percent(shares[0]!);
  return `at most ${percent(Math.max(...shares))}, ${percent(shares[0]!)} after the first and ${percent(shares.at(-1)!)} after the last of ${shares.length} times`;
}

function shareOf({ empty }: IdleMeasurement, after: { rssBytes: number }): number {
  return after.rssBytes / empty.rssBytes;
}

function progressOf({ empty, steps, rounds, problems }: IdleMeasurement): string {
  const megabytes = [empty, ...steps.map(({ memory }) => memory), ...rounds].map(({ rssBytes }) =>
    number(rssBytes / 1e6),
  );
  return `RSS ${megabytes.join(', ')} MB${problems.length > 0 ? `; INVALID: ${problems.join('; ')}` : ''}`;
}
