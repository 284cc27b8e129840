import { isWithin, type BenchCase, type Row } from '../bench-case.js';
import { type BenchContext } from '../bench-context.js';
import { countingRuns, describeRuns } from '../disturbance.js';
import { runLoad } from '../load/load-process.js';
import { type VisitorsResult } from '../load/visitors-run.js';
import { medianOf } from '../quantiles.js';
import { benchEnvironment } from '../servers/bench-environment.js';
import { flush } from '../servers/empty-redis.js';
import { type ProbeAnswer } from '../servers/probe-messages.js';
import { ServerKind } from '../servers/server-kind.js';
import { startServer } from '../servers/start-server.js';
import { Observed, observedOf } from './ping-measurement.js';
import { milliseconds, number } from './ping-rows.js';
import { OPEN_DOORS } from './prepared-server.js';
import { undisturbed } from './undisturbed.js';

const VISITORS = 1_000;
const PAGES = 20;
const MOVES_PER_SECOND = 100;
const MAX_FACTS_PER_SECOND = 4;
const SETTINGS = { ...OPEN_DOORS, WS_MAX_GUESTS_PER_ADDRESS: '100000' };

interface Measurement {
  result: VisitorsResult;
  probe: ProbeAnswer;
}

export const visitorsCase: BenchCase = {
  number: 10,
  title: `${number(VISITORS)} guests on ${PAGES} pages, ${MOVES_PER_SECOND} a second go to another page`,
  connections: () => VISITORS,
  async run(context) {
    const runs: Measurement[] = [];
    for (let turn = 1; turn <= context.arguments.repeat; turn += 1) {
      const run = await undisturbed(context, () => measure(context));
      runs.push(run);
      const { problems, factsPerSecond } = run.result;
      context.progress(
        `  ${turn}. ${number(factsPerSecond, 1)} counts a second to each visitor` +
          (problems.length > 0 ? `; INVALID: ${problems.join('; ')}` : ''),
      );
    }
    const factsPerSecond = medianOf(countingRuns(runs).map(({ result }) => result.factsPerSecond));
    return {
      rows: [rowOf(runs)],
      targets: [
        {
          what: 'counts a second to each visitor',
          figures: { [ServerKind.ridewire]: number(factsPerSecond, 1) },
          target: `at most ${MAX_FACTS_PER_SECOND}`,
          met: isWithin(factsPerSecond, MAX_FACTS_PER_SECOND),
        },
      ],
      notes: [
        'A move leaves one page and comes to another: two changes of presence in Redis, and a count to everybody who looks at either. In the end every visitor must be shown the right number.',
      ],
      runs,
    };
  },
};

async function measure(context: BenchContext): Promise<Measurement> {
  const environment = benchEnvironment(context.redisUrl, SETTINGS);
  await flush(environment);
  const server = await startServer(ServerKind.ridewire, environment);
  const { warmUpMs, measureMs } = context.arguments;
  let probe: ProbeAnswer | undefined;
  try {
    const result = await runLoad(
      {
        kind: 'visitors',
        port: server.port,
        visitors: VISITORS,
        pages: PAGES,
        movesPerSecond: MOVES_PER_SECOND,
        warmUpMs,
        measureMs,
        observed: observedOf([server], context.redisPid),
      },
      async (checkpoint) => {
        probe = await server.process.ask(checkpoint === 'begin' ? 'reset' : 'read');
      },
    );
    return { result, probe: probe! };
  } finally {
    await server.process.stop();
  }
}

function rowOf(all: readonly Measurement[]): Row {
  const runs = countingRuns(all);
  const median = (pick: (run: Measurement) => number) => medianOf(runs.map(pick));
  const cpuUs = (name: string) =>
    median(({ result }) => ((result.cpuMs[name] ?? Number.NaN) * 1_000) / result.moves);
  return {
    visitors: number(VISITORS),
    runs: describeRuns(all),
    'moves/s': number(median(({ result }) => result.moves / result.seconds)),
    'counts/s each': number(
      median(({ result }) => result.factsPerSecond),
      1,
    ),
    'CPU µs a move': number(cpuUs(Observed.first)),
    'Redis µs': number(cpuUs(Observed.redis)),
    'ack p50': milliseconds(median(({ result }) => result.ackMs.p50)),
    'ack p99': milliseconds(median(({ result }) => result.ackMs.p99)),
    'RSS MB': number(median(({ probe }) => probe.rssBytes / 1e6)),
    'loop p99': milliseconds(median(({ probe }) => probe.loopDelayMs.p99)),
    'load CPU': `${number(median(({ result }) => result.generator.cpuShare) * 100)} %`,
  };
}
