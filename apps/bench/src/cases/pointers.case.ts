import { isWithin, type BenchCase, type Row } from '../bench-case.js';
import { countingRuns, describeRuns } from '../disturbance.js';
import { runLoad } from '../load/load-process.js';
import { type PointersResult } from '../load/pointers-run.js';
import { medianOf } from '../quantiles.js';
import { ServerKind } from '../servers/server-kind.js';
import { Observed } from './ping-measurement.js';
import { milliseconds, number } from './ping-rows.js';
import { measureRoom, type RoomMeasurement } from './room-measurement.js';
import { undisturbed } from './undisturbed.js';

type Measurement = RoomMeasurement<PointersResult>;

const MEMBERS = 200;
const PER_SECOND = 30;
const MAX_FRAMES_PER_SECOND = 20;

export const pointersCase: BenchCase = {
  number: 9,
  title: `pointers of ${MEMBERS} people in a room, each moved ${PER_SECOND} times a second`,
  connections: () => MEMBERS,
  async run(context) {
    const runs: Measurement[] = [];
    for (let turn = 1; turn <= context.arguments.repeat; turn += 1) {
      const run = await undisturbed(context, () =>
        measureRoom(context, ServerKind.ridewire, MEMBERS, (plan, look) =>
          runLoad({ kind: 'pointers', perSecond: PER_SECOND, ...plan }, look),
        ),
      );
      runs.push(run);
      const { problems, framesPerSecond } = run.result;
      context.progress(
        `  ${turn}. ${number(framesPerSecond, 1)} frames a second to each member` +
          (problems.length > 0 ? `; INVALID: ${problems.join('; ')}` : ''),
      );
    }
    const counting = countingRuns(runs);
    const framesPerSecond = medianOf(counting.map(({ result }) => result.framesPerSecond));
    return {
      rows: [rowOf(runs)],
      targets: [
        {
          what: 'frames a second to each member',
          figures: { [ServerKind.ridewire]: number(framesPerSecond, 1) },
          target: `at most ${MAX_FRAMES_PER_SECOND}`,
          met: isWithin(framesPerSecond, MAX_FRAMES_PER_SECOND),
        },
      ],
      notes: [
        `A server that hands on every move to every other member would send ${number(MEMBERS * (MEMBERS - 1) * PER_SECOND)} messages a second.`,
        'The whole server: the moves that come in, the frames that go out, and what instances would tell each other.',
      ],
      runs,
    };
  },
};

function rowOf(all: readonly Measurement[]): Row {
  const runs = countingRuns(all);
  const median = (pick: (run: Measurement) => number) => medianOf(runs.map(pick));
  const cpuMs = (run: Measurement) => run.result.cpuMs[Observed.first] ?? Number.NaN;
  return {
    members: number(MEMBERS),
    runs: describeRuns(all),
    'moves/s': number(median(({ result }) => result.moves / result.seconds)),
    'frames/s each': number(
      median(({ result }) => result.framesPerSecond),
      1,
    ),
    'KB/s each': number(
      median(({ result }) => result.bytesPerSecond / 1_024),
      1,
    ),
    'bytes a frame': number(median(({ result }) => result.bytesPerFrame)),
    'CPU of a core': `${number(median((run) => cpuMs(run) / run.result.seconds / 10))} %`,
    'CPU µs a move': number(
      median((run) => (cpuMs(run) * 1_000) / run.result.moves),
      1,
    ),
    'shown p50': milliseconds(median(({ result }) => result.shownMs.p50)),
    'shown p99': milliseconds(median(({ result }) => result.shownMs.p99)),
    'RSS MB': number(median(({ rssBytes }) => rssBytes / 1e6)),
    'loop p99': milliseconds(median(({ loopP99Ms }) => loopP99Ms)),
    'load CPU': `${number(median(({ result }) => result.generator.cpuShare) * 100)} %`,
  };
}
