import { profilePath } from '../arguments.js';
import { isWithin, type BenchCase, type Target } from '../bench-case.js';
import { kindsFor, ServerKind } from '../servers/server-kind.js';
import { measureInTurns } from './interleaved.js';
import {
  cpuTexts,
  figuresBy,
  figuresOf,
  metricsTargetOf,
  milliseconds,
  rowOf,
  type PingFigures,
} from './ping-rows.js';
import { warmUpMsAt } from './warm-up.js';

const DRIVERS = 2_000;
const PER_SECOND = 4_000;
const WATCHERS = 10;
const MAX_RATIO = 0.5;
const MAX_ACK_P99_MS = 100;
const MAX_ACROSS_P99_MS = 250;

export const watchedCase: BenchCase = {
  number: 2,
  title: `${DRIVERS} drivers, ${PER_SECOND} pings/s, ${WATCHERS} dispatchers on the instance and ${WATCHERS} on another`,
  connections: () => DRIVERS + WATCHERS,
  async run(context) {
    const { measureMs, profile } = context.arguments;
    const kinds = kindsFor(context.arguments);
    const runs = await measureInTurns(context, kinds, (kind) => ({
      drivers: DRIVERS,
      watchersPerInstance: WATCHERS,
      hasSecondInstance: true,
      perSecond: PER_SECOND,
      warmUpMs: warmUpMsAt(PER_SECOND, context.arguments),
      measureMs,
      ...(profile && kind === ServerKind.ridewire
        ? { profile: profilePath(context.arguments, 'watched') }
        : {}),
    }));
    const figures = kinds.map((kind) => figuresOf(kind, runs));
    return {
      rows: figures.map(rowOf),
      targets: context.arguments.metrics ? [metricsTargetOf(figures)] : targetsOf(figures),
      notes: [
        'Ridewire sends its dispatchers frames; the peers send every fix by itself.',
        'Peers without Redis have dispatchers on the one instance only.',
        'Ridewire runs at its default rate limits.',
      ],
      runs,
    };
  },
};

function targetsOf(figures: readonly PingFigures[]): Target[] {
  const find = (kind: ServerKind) => figures.find((one) => one.kind === kind)!;
  const ours = find(ServerKind.ridewire);
  const ratio = ours.cpuUs.first / find(ServerKind.plainSocketIo).cpuUs.first;
  return [
    {
      what: 'CPU a ping on the instance that takes it, watched',
      figures: cpuTexts(figures),
      target: "at most half of plain Socket.IO's",
      met: isWithin(ratio, MAX_RATIO),
    },
    {
      what: 'ack p99, watched',
      figures: figuresBy(figures, ({ ackMs }) => milliseconds(ackMs.p99)),
      target: `under ${MAX_ACK_P99_MS} ms`,
      met: isWithin(ours.ackMs.p99, MAX_ACK_P99_MS),
    },
    {
      what: 'driver to dispatcher on another instance, p99',
      figures: figuresBy(figures, ({ otherMs }) => milliseconds(otherMs)),
      target: `under ${MAX_ACROSS_P99_MS} ms`,
      met: isWithin(ours.otherMs, MAX_ACROSS_P99_MS),
    },
  ];
}
