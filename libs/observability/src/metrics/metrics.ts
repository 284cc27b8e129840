import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { buildInfo } from '../build-info.js';
import { Count, Delays, Family } from './counts.js';
import { DelayHistogramMetric } from './delay-histogram-metric.js';

/** Seconds: from what nobody feels to what everybody complains about. The bounds of most histograms. */
export const DELAY_BOUNDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Values of a gauge or counter by their labels, e.g. `[[['/drivers'], 12]]`. */
export type Reading = Iterable<readonly [values: readonly string[], value: number]>;

interface Read {
  name: `ridewire_${string}`;
  help: string;
  labels?: readonly string[];
  /** Asked when somebody looks. What throws, e.g. because Redis is away, is left out that time. */
  read: () => number | Reading | Promise<number | Reading>;
}

/**
 * The metrics of one instance. Whoever counts asks once for a number and adds to it; everything else
 * is done when a Prometheus asks. No label may name a person, a trip, an address or what a client wrote.
 */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly families = new Map<string, Family<Count> | Family<Delays>>();
  private isProcessIncluded = false;

  constructor() {
    const { version, node } = buildInfo();
    this.gauge({
      name: 'ridewire_build_info',
      help: 'Always 1; its labels say which release runs on which Node.',
      labels: ['version', 'node'],
      read: () => [[[version, node], 1]],
    });
  }

  /** A counter; `name` ends with _total. */
  counter(name: `ridewire_${string}_total`, help: string): Count {
    return this.counters(name, help, []).of();
  }

  /** Counters that differ in labels. Whoever asks again for the same name gets the same ones. */
  counters(
    name: `ridewire_${string}_total`,
    help: string,
    labels: readonly string[],
  ): Family<Count> {
    return this.family(name, () => {
      const family = new Family(labels, () => new Count());
      const { registry } = this;
      const counter = new Counter({
        name,
        help,
        labelNames: labels,
        registers: [registry],
        collect: () => {
          counter.reset();
          for (const { labels: by, member } of family.series()) counter.inc(by, member.value);
        },
      });
      return family;
    });
  }

  /** A histogram of delays; `name` ends with _seconds. */
  delays(name: `ridewire_${string}_seconds`, help: string, bounds = DELAY_BOUNDS): Delays {
    return this.delayFamily(name, help, [], bounds).of();
  }

  /** Histograms that differ in labels. Whoever asks again for the same name gets the same ones. */
  delayFamily(
    name: `ridewire_${string}_seconds`,
    help: string,
    labels: readonly string[],
    bounds = DELAY_BOUNDS,
  ): Family<Delays> {
    return this.family(name, () => {
      const family = new Family(labels, () => new Delays(bounds));
      this.registry.registerMetric(
        new DelayHistogramMetric({ name, help, labels, bounds }, family),
      );
      return family;
    });
  }

  gauge({ name, help, labels = [], read }: Read): void {
    const gauge = new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [this.registry],
      collect: async () => {
        const reading = await readingOf(read);
        gauge.reset();
        // A gauge without labels would say 0 for what nobody knows.
        if (!reading && labels.length === 0) gauge.remove();
        for (const [values, value] of reading ?? []) gauge.set(byName(labels, values), value);
      },
    });
  }

  /** A counter that somebody keeps already. */
  counted({ name, help, labels = [], read }: Read): void {
    const counter = new Counter({
      name,
      help,
      labelNames: labels,
      registers: [this.registry],
      collect: async () => {
        const reading = await readingOf(read);
        counter.reset();
        for (const [values, value] of reading ?? []) counter.inc(byName(labels, values), value);
      },
    });
  }

  /** Also tells of the process: CPU, memory, event loop, garbage. Its watching costs a little. */
  includeProcess(): void {
    if (this.isProcessIncluded) return;
    this.isProcessIncluded = true;
    collectDefaultMetrics({ register: this.registry });
  }

  /** The text that Prometheus reads. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The names of all metrics. */
  names(): string[] {
    return this.registry.getMetricsAsArray().map(({ name }) => name);
  }

  private family<Member extends Family<Count> | Family<Delays>>(
    name: string,
    create: () => Member,
  ): Member {
    const known = this.families.get(name) as Member | undefined;
    if (known) return known;
    const made = create();
    this.families.set(name, made);
    return made;
  }
}

async function readingOf(read: Read['read']): Promise<Reading | undefined> {
  try {
    const reading = await read();
    return typeof reading === 'number' ? [[[], reading]] : reading;
  } catch {
    return undefined;
  }
}

function byName(labels: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label, i) => [label, values[i] ?? '']));
}
