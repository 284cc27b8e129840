import { isWithin, type BenchCase, type Row, type Target } from '../bench-case.js';
import { countingRuns, describeRuns } from '../disturbance.js';
import { runLoad } from '../load/load-process.js';
import { type RoomResult } from '../load/room-run.js';
import { medianOf } from '../quantiles.js';
import { ServerKind, titleOf } from '../servers/server-kind.js';
import { Observed } from './ping-measurement.js';
import { milliseconds, number } from './ping-rows.js';
import { measureRoom, type RoomMeasurement } from './room-measurement.js';
import { undisturbed } from './undisturbed.js';

type Measurement = RoomMeasurement<RoomResult> & { room: Room };

/** Messages a second of the whole room, and how many type and move their pointers meanwhile. */
interface Room {
  members: number;
  perSecond: number;
  restless: number;
}

const ROOMS: readonly Room[] = [
  { members: 10, perSecond: 300, restless: 0 },
  { members: 100, perSecond: 100, restless: 0 },
  { members: 1_000, perSecond: 15, restless: 0 },
  { members: 1_000, perSecond: 15, restless: 50 },
];
const KINDS = [ServerKind.ridewire, ServerKind.plainSocketIo, ServerKind.stockNestAlone] as const;
const MAX_P99_MS = 250;

export const roomCase: BenchCase = {
  number: 8,
  title:
    'a message in rooms of 10, 100 and 1,000, and of 1,000 of whom 50 type and move their pointers',
  connections: () => Math.max(...ROOMS.map(({ members }) => members)),
  async run(context) {
    const runs: Measurement[] = [];
    for (let turn = 1; turn <= context.arguments.repeat; turn += 1) {
      for (const room of ROOMS) {
        const { members, perSecond, restless } = room;
        // What the peers do of it, each move to everybody, no machine could bear.
        for (const kind of restless > 0 ? [ServerKind.ridewire] : KINDS) {
          const measured = await undisturbed(context, () =>
            measureRoom(context, kind, members, (plan, look) =>
              runLoad({ kind: 'room', perSecond, restless, ...plan }, look),
            ),
          );
          const run = { ...measured, room };
          runs.push(run);
          const { problems } = run.result;
          context.progress(
            `  ${turn}. ${titleOf[kind]}, ${nameOf(room)}: ${number(cpuUsOf(run, Observed.first), 1)} CPU µs a delivery` +
              (problems.length > 0 ? `; INVALID: ${problems.join('; ')}` : ''),
          );
        }
      }
    }
    const sets = ROOMS.map((room) =>
      KINDS.map((kind) => runs.filter((run) => run.room === room && run.kind === kind)).filter(
        (some) => some.length > 0,
      ),
    );
    return {
      rows: sets.flat().map(rowOf),
      targets: sets.flatMap(targetsOf),
      notes: [
        'Ridewire checks that the writer is a member, numbers and keeps each message in Redis, and knows a message that comes again. The peers keep nothing: plain Socket.IO as its documentation shows it, and the gateway of the older chat on Nest.',
        'A delivery is a message at one member. CPU is that of the whole server; that of Redis stands beside it.',
      ],
      runs,
    };
  },
};

function nameOf({ members, restless }: Room): string {
  return `${number(members)}${restless > 0 ? `, ${restless} restless` : ''}`;
}

function cpuUsOf({ result }: Measurement, name: string): number {
  return ((result.cpuMs[name] ?? Number.NaN) * 1_000) / result.deliveries;
}

function rowOf(all: readonly Measurement[]): Row {
  const { kind, room } = all[0]!;
  const runs = countingRuns(all);
  const median = (pick: (run: Measurement) => number) => medianOf(runs.map(pick));
  return {
    server: titleOf[kind],
    members: nameOf(room),
    runs: describeRuns(all),
    'messages/s': number(median(({ result }) => result.messages / result.seconds)),
    'deliveries/s': number(median(({ result }) => result.deliveries / result.seconds)),
    'CPU µs a delivery': number(
      median((run) => cpuUsOf(run, Observed.first)),
      1,
    ),
    'Redis µs a message':
      kind === ServerKind.ridewire
        ? number(
            median(({ result }) => ((result.cpuMs[Observed.redis] ?? 0) * 1_000) / result.messages),
          )
        : '-',
    'ack p50': milliseconds(median(({ result }) => result.ackMs.p50)),
    'ack p99': milliseconds(median(({ result }) => result.ackMs.p99)),
    'told p50': milliseconds(median(({ result }) => result.toldMs.p50)),
    'told p99': milliseconds(median(({ result }) => result.toldMs.p99)),
    'bytes each': number(median(({ result }) => result.bytesPerDelivery)),
    'RSS MB': number(median(({ rssBytes }) => rssBytes / 1e6)),
    'loop p99': milliseconds(median(({ loopP99Ms }) => loopP99Ms)),
    'load CPU': `${number(median(({ result }) => result.generator.cpuShare) * 100)} %`,
  };
}

function targetsOf(byKind: readonly (readonly Measurement[])[]): Target[] {
  const { room } = byKind[0]![0]!;
  const figures = (pick: (run: Measurement) => number, text: (value: number) => string) =>
    Object.fromEntries(
      byKind.map((runs) => [runs[0]!.kind, text(medianOf(countingRuns(runs).map(pick)))]),
    );
  const medianAt = (at: number, pick: (run: Measurement) => number) =>
    medianOf(countingRuns(byKind[at]!).map(pick));
  const isCompared = byKind.length > 1 && room.members >= 100;
  const p99 = ({ result }: Measurement) => result.toldMs.p99;
  const cpu = (run: Measurement) => cpuUsOf(run, Observed.first);
  return [
    {
      what: `room of ${nameOf(room)}: CPU a delivery`,
      figures: figures(cpu, (value) => `${number(value, 1)} µs`),
      // A message is checked, kept and numbered once, whoever reads it: among few that is most of it.
      target: isCompared ? "at most plain Socket.IO's" : null,
      met: isCompared ? isWithin(medianAt(0, cpu), medianAt(1, cpu)) : undefined,
    },
    {
      what: `room of ${nameOf(room)}: from sending to a member, p99`,
      figures: figures(p99, milliseconds),
      target: `under ${MAX_P99_MS} ms`,
      met: isWithin(medianAt(0, p99), MAX_P99_MS),
    },
  ];
}
