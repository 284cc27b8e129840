import { profilePath } from '../arguments.js';
import { type BenchCase, type Target } from '../bench-case.js';
import { countingRuns } from '../disturbance.js';
import { ServerKind } from '../servers/server-kind.js';
import { dispatcherViews } from './dispatcher-views.js';
import { measureInTurns } from './interleaved.js';
import { type PingMeasurement } from './ping-measurement.js';
import {
  cpuTexts,
  figuresBy,
  figuresOf,
  isSaturated,
  milliseconds,
  number,
  rowOf,
} from './ping-rows.js';
import { warmUpMsAt } from './warm-up.js';

const DRIVERS = 10_000;
const SECONDS_PER_PING = 4;
const WATCHERS = 20;
const SETTINGS = { WS_MAX_CONNECTIONS_PER_ADDRESS: '100000', WS_CONNECTS_PER_SECOND: '1000000' };
const KINDS = [ServerKind.ridewire, ServerKind.plainSocketIo] as const;
/** A queue that grows shows with time. */
const LONGER = 5;

export const sustainedCase: BenchCase = {
  number: 3,
  title: `${number(DRIVERS)} drivers at one ping per ${SECONDS_PER_PING} s, ${WATCHERS} dispatchers on viewports, one instance`,
  connections: () => DRIVERS + WATCHERS,
  async run(context) {
    const { measureMs, profile } = context.arguments;
    const perSecond = DRIVERS / SECONDS_PER_PING;
    const planOf = (kind: ServerKind) => ({
      drivers: DRIVERS,
      watchersPerInstance: WATCHERS,
      hasSecondInstance: false,
      perSecond,
      warmUpMs: warmUpMsAt(perSecond, context.arguments) + SECONDS_PER_PING * 1_000,
      measureMs: measureMs * LONGER,
      settings: SETTINGS,
      sees: dispatcherViews(WATCHERS, DRIVERS),
      ...(profile && kind === ServerKind.ridewire
        ? { profile: profilePath(context.arguments, 'sustained') }
        : {}),
    });
    const runs = await measureInTurns(context, KINDS, planOf);
    const figures = KINDS.map((kind) => figuresOf(kind, runs));
    return {
      rows: figures.map(rowOf),
      targets: [
        targetOf(runs),
        {
          what: 'the same: CPU a ping',
          figures: cpuTexts(figures),
          target: null,
          met: undefined,
        },
        {
          what: 'the same: driver to dispatcher, p99',
          figures: figuresBy(figures, ({ sameMs }) => milliseconds(sameMs)),
          target: null,
          met: undefined,
        },
      ],
      notes: [
        'Of the dispatchers 18 look at 500 drivers each and turn to others every 10 s, some at a part that drivers enter or leave; 2 look at the whole city in clusters.',
        'plain Socket.IO sends every fix to every dispatcher.',
      ],
      runs,
    };
  },
};

function targetOf(runs: readonly PingMeasurement[]): Target {
  const of = (kind: ServerKind) => countingRuns(runs.filter((run) => run.kind === kind));
  const ours = of(ServerKind.ridewire);
  const textOf = (kind: ServerKind) =>
    of(kind)
      .map(({ result: { unanswered } }) => `${number(unanswered[0])} to ${number(unanswered[1])}`)
      .join(', ') || '-';
  return {
    what: `${number(DRIVERS)} drivers, ${WATCHERS} viewports, one core: unanswered pings at the beginning and the end`,
    figures: Object.fromEntries(KINDS.map((kind) => [kind, textOf(kind)])),
    target: 'sustained, no growing queue',
    met: ours.length === 0 ? undefined : !ours.some(({ result }) => isSaturated(result)),
  };
}
