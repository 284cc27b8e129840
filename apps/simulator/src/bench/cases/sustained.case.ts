import { profilePath } from '../arguments.js';
import { type BenchCase, type Target } from '../bench-case.js';
import { ServerKind } from '../servers/server-kind.js';
import { measureInTurns } from './interleaved.js';
import { type PingMeasurement } from './ping-measurement.js';
import { figuresOf, isSaturated, number, rowOf } from './ping-rows.js';

const DRIVERS = 10_000;
const SECONDS_PER_PING = 4;
const WATCHERS = 20;
const SETTINGS = { WS_MAX_CONNECTIONS_PER_ADDRESS: '100000', WS_CONNECTS_PER_SECOND: '1000000' };
const KINDS = [ServerKind.ridewire, ServerKind.plainSocketIo] as const;
const LONGER = 4;

export const sustainedCase: BenchCase = {
  number: 3,
  title: `${number(DRIVERS)} drivers at one ping per ${SECONDS_PER_PING} s, ${WATCHERS} dispatchers, one instance`,
  async run(context) {
    const { warmUpMs, measureMs, profile } = context.arguments;
    const once = { ...context, arguments: { ...context.arguments, repeat: 1 } };
    const runs = await measureInTurns(once, KINDS, (kind) => ({
      drivers: DRIVERS,
      watchersPerInstance: WATCHERS,
      hasSecondInstance: false,
      perSecond: DRIVERS / SECONDS_PER_PING,
      warmUpMs: warmUpMs + SECONDS_PER_PING * 1_000,
      measureMs: measureMs * LONGER,
      settings: SETTINGS,
      watcherAuth: { feed: 'frames' },
      ...(profile && kind === ServerKind.ridewire
        ? { profile: profilePath(context.arguments, 'sustained') }
        : {}),
    }));
    return {
      rows: KINDS.map((kind) => rowOf(figuresOf(kind, runs))),
      targets: [targetOf(runs)],
      notes: ['The dispatchers take the whole fleet in frames, not a viewport each.'],
      runs,
    };
  },
};

function targetOf(runs: readonly PingMeasurement[]): Target {
  const ours = runs.find(({ kind }) => kind === ServerKind.ridewire)!.result;
  const [before, after] = ours.unanswered;
  return {
    text: 'sustained, no growing queue',
    figure: `${number(before)} unanswered before, ${number(after)} after ${number(ours.seconds)} s`,
    met: ours.problems.length > 0 ? undefined : !isSaturated(ours),
  };
}
