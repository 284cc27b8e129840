import { type Row } from '../bench-case.js';
import { medianOf } from '../quantiles.js';
import { titleOf, type ServerKind } from '../servers/server-kind.js';
import { Observed, type PingMeasurement } from './ping-measurement.js';

/** Above this share of a core the generator may have been what limited the run. */
const BUSY_GENERATOR = 0.9;
/** A backlog above these is more than what a server in time has under way. */
const IN_FLIGHT = 500;
const SATURATED_SHARE = 0.05;

/** The medians of the runs of one server. */
export interface PingFigures {
  kind: ServerKind;
  validRuns: number;
  runs: number;
  acksPerSecond: number;
  /** CPU microseconds per acknowledged fix: the instance that took it, the other one, Redis. */
  cpuUs: { first: number; second: number; redis: number };
  ackMs: { p50: number; p99: number; p999: number };
  sameMs: number;
  otherMs: number;
  deliveriesPerSecond: number;
  megabytesOutPerSecond: number;
  rssMegabytes: number;
  loopDelayP99Ms: number;
  saturated: boolean;
  generatorShare: number;
  foreignShare: number;
}

/** Runs with a wrong or missing ack or delivery give no figure. */
export function figuresOf(kind: ServerKind, all: readonly PingMeasurement[]): PingFigures {
  const runs = all.filter((run) => run.kind === kind);
  const valid = runs.filter(({ result }) => result.problems.length === 0);
  const median = (pick: (run: PingMeasurement) => number) => medianOf(valid.map(pick));
  const cpuUs = (name: string) => median(({ result }) => cpuUsOf(result, name));
  const delay = (name: string) =>
    median(
      ({ result }) =>
        result.watchers.find((group) => group.name === name)?.delayMs.p99 ?? Number.NaN,
    );
  return {
    kind,
    validRuns: valid.length,
    runs: runs.length,
    acksPerSecond: median(({ result }) => result.acks / result.seconds),
    cpuUs: {
      first: cpuUs(Observed.first),
      second: cpuUs(Observed.second),
      redis: cpuUs(Observed.redis),
    },
    ackMs: {
      p50: median(({ result }) => result.ackMs.p50),
      p99: median(({ result }) => result.ackMs.p99),
      p999: median(({ result }) => result.ackMs.p999),
    },
    sameMs: delay('same instance'),
    otherMs: delay('other instance'),
    deliveriesPerSecond: median(
      ({ result }) =>
        result.watchers.reduce((sum, group) => sum + group.deliveries, 0) / result.seconds,
    ),
    megabytesOutPerSecond: median(({ result }) => result.bytesIn / 1e6 / result.seconds),
    rssMegabytes: median(({ result }) => (result.rssBytes[Observed.first] ?? Number.NaN) / 1e6),
    loopDelayP99Ms: median(({ loopDelayMs }) => loopDelayMs.p99),
    saturated: valid.some(({ result }) => isSaturated(result)),
    generatorShare: median(({ result }) => result.generator.cpuShare),
    foreignShare: median(({ result }) => foreignShareOf(result)),
  };
}

/**
 * CPU microseconds per ping. A saturated server does the work of a ping at different times: there
 * the whole run counts, until the last ack and delivery.
 */
export function cpuUsOf(result: PingMeasurement['result'], name: string): number {
  const { acks, cpuMs } = isSaturated(result) ? result.settled : result;
  return ((cpuMs[name] ?? Number.NaN) * 1_000) / acks;
}

/** In an open loop: more was due than was answered, and the rest grew. */
export function isSaturated({ heldBack, unanswered, sent }: PingMeasurement['result']): boolean {
  const backlog = Math.max(...unanswered);
  return heldBack > 0 || (backlog > IN_FLIGHT && backlog > sent * SATURATED_SHARE);
}

/** The greater one of the two cores counts. */
export function foreignShareOf({ foreignShare }: PingMeasurement['result']): number {
  return Math.max(foreignShare.servers, foreignShare.load);
}

export function rowOf(figures: PingFigures): Row {
  const { cpuUs, ackMs } = figures;
  return {
    server: titleOf[figures.kind],
    valid: `${figures.validRuns}/${figures.runs}`,
    'acks/s': number(figures.acksPerSecond) + (figures.saturated ? ' (saturated)' : ''),
    'CPU µs/ping': number(cpuUs.first, 1),
    'other instance': number(cpuUs.second, 1),
    'Redis µs': number(cpuUs.redis, 1),
    'ack p50': milliseconds(ackMs.p50),
    p99: milliseconds(ackMs.p99),
    'p99.9': milliseconds(ackMs.p999),
    'seen p99': milliseconds(figures.sameMs),
    'other p99': milliseconds(figures.otherMs),
    'deliveries/s': number(figures.deliveriesPerSecond),
    'MB/s out': number(figures.megabytesOutPerSecond, 1),
    'RSS MB': number(figures.rssMegabytes),
    'loop p99': milliseconds(figures.loopDelayP99Ms),
    others: `${number(figures.foreignShare * 100)} %`,
    'load CPU':
      `${number(figures.generatorShare * 100)} %` +
      (figures.generatorShare > BUSY_GENERATOR ? ' (the bottleneck)' : ''),
  };
}

export function number(value: number, decimals = 0): string {
  if (!Number.isFinite(value)) return '-';
  return value.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

export function milliseconds(value: number): string {
  return Number.isFinite(value) ? `${number(value, value < 10 ? 1 : 0)} ms` : '-';
}
