import { isWithin, type Row, type Target } from '../bench-case.js';
import { countingRuns, describeRuns, foreignShareOf } from '../disturbance.js';
import { bottleneckOf } from '../load/bottleneck.js';
import { medianOf } from '../quantiles.js';
import { ServerKind, titleOf } from '../servers/server-kind.js';
import { Observed, type PingMeasurement } from './ping-measurement.js';

/** A backlog above these is more than what a server in time has under way. */
const IN_FLIGHT = 500;
const SATURATED_SHARE = 0.05;
const MAX_METRICS_RATIO = 1.02;

/** The medians of the runs of one server. */
export interface PingFigures {
  kind: ServerKind;
  /** How many of the runs count. */
  runs: string;
  acksPerSecond: number;
  /** CPU microseconds per acknowledged fix: the instance that took it, the other one, Redis. */
  cpuUs: { first: number; second: number; redis: number };
  ackMs: { p50: number; p99: number; p999: number };
  sameMs: number;
  otherMs: number;
  deliveriesPerSecond: number;
  megabytesPerSecond: { in: number; out: number };
  rssMegabytes: number;
  loopDelayP99Ms: number;
  saturated: boolean;
  generatorShare: number;
  /** What limited the runs beside the server; usually empty. */
  bottleneck: string;
  foreignShare: number;
}

/** Runs with a wrong or missing ack or delivery give no figure. */
export function figuresOf(kind: ServerKind, all: readonly PingMeasurement[]): PingFigures {
  const runs = all.filter((run) => run.kind === kind);
  const valid = countingRuns(runs);
  const median = (pick: (run: PingMeasurement) => number) => medianOf(valid.map(pick));
  const cpuUs = (name: string) => median(({ result }) => cpuUsOf(result, name));
  const delay = (name: string) =>
    median(
      ({ result }) =>
        result.watchers.find((group) => group.name === name)?.delayMs.p99 ?? Number.NaN,
    );
  return {
    kind,
    runs: describeRuns(runs),
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
    // What the clients got the server sent.
    megabytesPerSecond: {
      in: median(({ result }) => result.bytesOut / 1e6 / result.seconds),
      out: median(({ result }) => result.bytesIn / 1e6 / result.seconds),
    },
    rssMegabytes: median(({ result }) => (result.rssBytes[Observed.first] ?? Number.NaN) / 1e6),
    loopDelayP99Ms: median(({ loopDelayMs }) => loopDelayMs.p99),
    saturated: valid.some(({ result }) => isSaturated(result)),
    generatorShare: median(({ result }) => result.generator.cpuShare),
    bottleneck: valid.map(({ result }) => bottleneckOf(result)).find(Boolean) ?? '',
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

export function rowOf(figures: PingFigures): Row {
  const { cpuUs, ackMs } = figures;
  return {
    server: titleOf[figures.kind],
    runs: figures.runs,
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
    'MB/s in': number(figures.megabytesPerSecond.in, 1),
    'MB/s out': number(figures.megabytesPerSecond.out, 1),
    'RSS MB': number(figures.rssMegabytes),
    'loop p99': milliseconds(figures.loopDelayP99Ms),
    others: `${number(figures.foreignShare * 100)} %`,
    'load CPU':
      `${number(figures.generatorShare * 100)} %` +
      (figures.bottleneck ? ` (${figures.bottleneck})` : ''),
  };
}

/** One text a server, for the summary. */
export function figuresBy(
  all: readonly PingFigures[],
  textOf: (figures: PingFigures) => string,
): Partial<Record<ServerKind, string>> {
  return Object.fromEntries(all.map((figures) => [figures.kind, textOf(figures)]));
}

/** `66.6 µs (1.52x)`: CPU per ping on the instance that took it, and beside plain Socket.IO's. */
export function cpuTexts(all: readonly PingFigures[]): Partial<Record<ServerKind, string>> {
  const plainUs = all.find(({ kind }) => kind === ServerKind.plainSocketIo)?.cpuUs.first;
  return figuresBy(all, ({ kind, cpuUs, saturated }) => {
    const ratio = kind === ServerKind.ridewire ? ` (${number(cpuUs.first / plainUs!, 2)}x)` : '';
    return `${number(cpuUs.first, 1)} µs${ratio}${saturated ? ', saturated' : ''}`;
  });
}

/** What serving metrics costs. */
export function metricsTargetOf(all: readonly PingFigures[]): Target {
  const cpuOf = (kind: ServerKind) =>
    all.find((one) => one.kind === kind)?.cpuUs.first ?? Number.NaN;
  const ratio = cpuOf(ServerKind.ridewireMetered) / cpuOf(ServerKind.ridewire);
  return {
    what: 'CPU a ping with metrics',
    figures: figuresBy(all, ({ kind, cpuUs }) =>
      kind === ServerKind.ridewire
        ? `${number(cpuUs.first, 1)} µs`
        : `${number(cpuUs.first, 1)} µs (${number(ratio, 3)}x)`,
    ),
    target: `at most ${MAX_METRICS_RATIO} of that without`,
    met: isWithin(ratio, MAX_METRICS_RATIO),
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
