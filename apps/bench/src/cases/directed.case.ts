import { type BenchCase, type Row, type Target } from '../bench-case.js';
import { countingRuns, describeRuns } from '../disturbance.js';
import { medianOf } from '../quantiles.js';
import { listCalls, medianCalls } from '../redis-counters.js';
import { ServerKind } from '../servers/server-kind.js';
import {
  Directed,
  measureDirected,
  PEOPLE,
  type DirectedMeasurement,
} from './directed-measurement.js';
import { Observed } from './ping-measurement.js';
import { milliseconds, number } from './ping-rows.js';

const INSTANCES = [1, 2, 4, 8];
/** Measured between different numbers of instances, nothing grows by more than this. */
const TOLERANCE = 1.25;
/** Below this many bytes an event an instance is idle: heartbeats and the like. */
const IDLE_BYTES = 50;

export const directedCase: BenchCase = {
  number: 6,
  title:
    'events to one driver, and to passenger and driver of one trip: what each instance and Redis do for one, with 1 to 8 instances',
  connections: () => 2 * PEOPLE + 1,
  async run(context) {
    const runs: DirectedMeasurement[] = [];
    for (let turn = 1; turn <= context.arguments.repeat; turn += 1) {
      for (const instances of INSTANCES) {
        for (const run of await measureDirected(context, instances)) {
          runs.push(run);
          const { problems } = run.result;
          const invalid = problems.length > 0 ? `; INVALID: ${problems.join('; ')}` : '';
          context.progress(
            `  ${turn}. ${run.what}, ${instances} instances: ${listCalls(run.calls)} an event${invalid}`,
          );
        }
      }
    }
    const kinds = Object.values(Directed);
    const bySize = (what: Directed) =>
      INSTANCES.map((size) =>
        runs.filter(({ instances, what: kind }) => instances === size && kind === what),
      );
    return {
      rows: kinds.flatMap((what) => bySize(what).map(rowOf)),
      targets: kinds.flatMap((what) => targetsOf(what, bySize(what))),
      notes: [
        'To a driver: driver:status:update on the first instance, told to both devices of the driver, one there and one on the last instance.',
        "To a trip: a dispatcher's send-message over REST on the first instance, told to the passenger on the last instance, to the driver on the last but one (the last of two) and to a dispatcher on the first. The events are of one kind with those of the steps of a trip.",
        'The other instances have nothing to do with it. Bytes an event are those between an instance and Redis; of several instances the mean.',
      ],
      runs,
    };
  },
};

/** The medians of the runs with one number of instances. */
function rowOf(all: readonly DirectedMeasurement[]): Row {
  const { what, instances, told } = all[0]!;
  const runs = countingRuns(all);
  const median = (pick: (run: DirectedMeasurement) => number) => medianOf(runs.map(pick));
  const cpuUs = (name: string) =>
    median(({ result }) => ((result.cpuMs[name] ?? Number.NaN) * 1_000) / result.events);
  const others = othersOf(all[0]!);
  const cpuOf = (some: readonly number[], digits = 0) =>
    some.length === 0 ? '-' : number(meanOf(some.map((i) => cpuUs(nameOf(i)))), digits);
  const bytesOf = (some: readonly number[]) => {
    if (some.length === 0) return '-';
    const [into, out] = (['in', 'out'] as const).map((way) =>
      number(meanOf(some.map((i) => median(({ redisBytes }) => redisBytes[i]![way])))),
    );
    return `${into} / ${out}`;
  };
  return {
    to: what,
    instances: String(instances),
    runs: describeRuns(all),
    'events/s': number(median(({ result }) => result.events / result.seconds)),
    'Redis commands each': listCalls(medianCalls(runs)) || '-',
    'Redis µs': number(cpuUs(Observed.redis)),
    'CPU µs asked': cpuOf([0]),
    'CPU µs told': cpuOf(told),
    'CPU µs others': cpuOf(others, 1),
    'bytes in/out asked': bytesOf([0]),
    told: bytesOf(told),
    others: bytesOf(others),
    'ack p50': milliseconds(median(({ result }) => result.ackMs.p50)),
    'ack p99': milliseconds(median(({ result }) => result.ackMs.p99)),
    'p99.9': milliseconds(median(({ result }) => result.ackMs.p999)),
    'told p99': milliseconds(median(({ result }) => result.toldMs.p99)),
    'RSS MB': number(median(({ rssBytes }) => rssBytes / 1e6)),
    'loop p99': milliseconds(median(({ loopP99Ms }) => loopP99Ms)),
    'load CPU': `${number(median(({ result }) => result.generator.cpuShare) * 100)} %`,
  };
}

/** Instances that have nothing to do with the events. */
function othersOf({ instances, told }: DirectedMeasurement): number[] {
  return Array.from({ length: instances }, (_, i) => i).filter(
    (instance) => instance !== 0 && !told.includes(instance),
  );
}

/** As `observedOf` calls it. */
function nameOf(instance: number): string {
  return [Observed.first, Observed.second][instance] ?? `instance ${instance + 1}`;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function targetsOf(what: Directed, bySize: readonly (readonly DirectedMeasurement[])[]): Target[] {
  const counting = bySize.map(countingRuns);
  const isMeasured = counting.every((runs) => runs.length > 0);
  const totals = counting.map((runs) =>
    runs.length === 0
      ? Number.NaN
      : Object.values(medianCalls(runs)).reduce((sum, count) => sum + count, 0),
  );
  const growth = Math.max(...totals) / Math.min(...totals);
  const idle = counting.flat().flatMap((run) => othersOf(run).map((i) => run.redisBytes[i]!));
  const idleBytes = Math.max(...idle.map((one) => one.in + one.out));
  return [
    {
      what: `an event to one ${what}, ${INSTANCES.join(', ')} instances: Redis commands`,
      figures: { [ServerKind.ridewire]: totals.map((total) => number(total, 1)).join(', ') },
      target: 'does not grow',
      met: isMeasured ? growth <= TOLERANCE : undefined,
    },
    {
      what: 'the same: bytes between Redis and an instance that has nothing to do with it, at most',
      figures: { [ServerKind.ridewire]: number(idleBytes, 1) },
      target: `none (heartbeats: below ${IDLE_BYTES})`,
      met: isMeasured ? idleBytes <= IDLE_BYTES : undefined,
    },
  ];
}
