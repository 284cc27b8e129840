import { type BenchCase, type Row, type Target } from '../bench-case.js';
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

export const idleCase: BenchCase = {
  number: 4,
  title: 'idle connections: memory above the empty server, and whether it comes back',
  async run(context) {
    const steps = context.arguments.quick ? [2_000] : [5_000, 15_000];
    const roundsOf = (kind: ServerKind) =>
      kind === ServerKind.ridewire ? (context.arguments.quick ? 1 : 9) : 0;
    const runs: IdleMeasurement[] = [];
    for (const kind of KINDS) {
      runs.push(await measureIdle(context, kind, steps, roundsOf(kind)));
      context.progress(`  ${titleOf[kind]}: ${progressOf(runs.at(-1)!)}`);
    }
    return {
      rows: runs.map(rowOf),
      targets: targetsOf(runs, steps),
      notes: [
        'RSS after a garbage collection, from /proc. Ridewire: with token, session, lease and room.',
        'Back: RSS, and V8 heap, after all have left against the server before the first came.',
      ],
      runs,
    };
  },
};

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
  const perConnection = (kind: ServerKind, at: number) => {
    const run = runs.find((one) => one.kind === kind)!;
    const step = run.steps.find(({ connections }) => connections === at);
    if (!step || run.problems.length > 0) return Number.NaN;
    return (step.memory.rssBytes - run.empty.rssBytes) / at / 1_024;
  };
  const ours = runs.find(({ kind }) => kind === ServerKind.ridewire)!;
  const worst = Math.max(...ours.rounds.map(({ rssBytes }) => rssBytes)) / ours.empty.rssBytes;
  return [
    ...steps.map((at) => {
      const own = perConnection(ServerKind.ridewire, at);
      const plain = perConnection(ServerKind.plainSocketIo, at);
      return {
        text: `${number(at)} connections: RSS each at most plain Socket.IO's, aiming at ${AIM_KB} KB`,
        figure: `${number(own, 1)} KB beside ${number(plain, 1)} KB`,
        met: Number.isNaN(own / plain) ? undefined : own <= plain,
      };
    }),
    {
      text: `back within 10 % after they leave, ${ours.rounds.length} times over`,
      figure: `at most ${number((worst - 1) * 100)} % above the empty server`,
      met: ours.problems.length > 0 ? undefined : worst <= BACK_WITHIN,
    },
  ];
}

function progressOf({ empty, steps, rounds, problems }: IdleMeasurement): string {
  const megabytes = [empty, ...steps.map(({ memory }) => memory), ...rounds].map(({ rssBytes }) =>
    number(rssBytes / 1e6),
  );
  return `RSS ${megabytes.join(', ')} MB${problems.length > 0 ? `; INVALID: ${problems.join('; ')}` : ''}`;
}
