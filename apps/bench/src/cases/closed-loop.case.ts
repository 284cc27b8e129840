import { profilePath } from '../arguments.js';
import { isWithin, type BenchCase, type Target } from '../bench-case.js';
import { kindsFor, ServerKind } from '../servers/server-kind.js';
import { measureInTurns } from './interleaved.js';
import { cpuTexts, figuresOf, metricsTargetOf, rowOf, type PingFigures } from './ping-rows.js';
import { WARM_UP_PINGS } from './warm-up.js';

const DRIVERS = 200;
/** As fast as acks come is far above what a phone may send. */
const SETTINGS = { WS_RATE_PER_SECOND: '100000', WS_RATE_BURST: '100000' };

export const closedLoopCase: BenchCase = {
  number: 1,
  title: `closed loop: ${DRIVERS} drivers send as fast as they are acknowledged, nobody watches`,
  connections: () => DRIVERS,
  async run(context) {
    const { warmUpMs, measureMs, quick, profile, repeat } = context.arguments;
    const kinds = kindsFor(context.arguments);
    // A machine that is shared is fast in one minute and slow in the next, and the figures are close.
    const turns = quick ? repeat : 2 * repeat + 1;
    const planOf = (kind: ServerKind) => ({
      drivers: DRIVERS,
      watchersPerInstance: 0,
      hasSecondInstance: false,
      warmUpMs,
      warmUpAcks: quick ? 0 : WARM_UP_PINGS,
      measureMs,
      settings: SETTINGS,
      ...(profile && kind === ServerKind.ridewire
        ? { profile: profilePath(context.arguments, 'closed-loop') }
        : {}),
    });
    const runs = await measureInTurns(context, kinds, planOf, turns);
    const figures = kinds.map((kind) => figuresOf(kind, runs));
    return {
      rows: figures.map(rowOf),
      targets: [context.arguments.metrics ? metricsTargetOf(figures) : targetOf(figures)],
      notes: ['The rate limit per socket is raised; everything else is as in production.'],
      runs,
    };
  },
};

function targetOf(figures: readonly PingFigures[]): Target {
  const cpuOf = (kind: ServerKind) =>
    figures.find((one) => one.kind === kind)?.cpuUs.first ?? Number.NaN;
  const ratio = cpuOf(ServerKind.ridewire) / cpuOf(ServerKind.plainSocketIo);
  return {
    what: 'CPU a ping, closed loop, nobody watches',
    figures: cpuTexts(figures),
    target: "at most plain Socket.IO's",
    met: isWithin(ratio, 1),
  };
}
