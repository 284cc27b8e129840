import { Histogram } from 'prom-client';
import { type Delays, type Family } from './counts.js';

interface HistogramSettings {
  name: string;
  help: string;
  labels: readonly string[];
  bounds: readonly number[];
}

type Collected = Awaited<ReturnType<Histogram['get']>>;

/** A histogram of prom-client whose numbers are those of a family, at the moment it is asked. */
export class DelayHistogramMetric extends Histogram {
  constructor(
    private readonly settings: HistogramSettings,
    private readonly family: Family<Delays>,
  ) {
    const { name, help, labels, bounds } = settings;
    super({ name, help, labelNames: [...labels], buckets: [...bounds], registers: [] });
  }

  override async get(): Promise<Collected> {
    const { name, help } = this.settings;
    const values: Collected['values'] = [];
    for (const { labels, member } of this.family.series()) {
      let count = 0;
      for (const [i, inBucket] of member.counts.entries()) {
        count += inBucket;
        const le = member.bounds[i] ?? '+Inf';
        values.push({ labels: { ...labels, le }, value: count, metricName: `${name}_bucket` });
      }
      values.push({ labels, value: member.sum, metricName: `${name}_sum` });
      values.push({ labels, value: count, metricName: `${name}_count` });
    }
    // prom-client's types number the kinds of metrics; its code calls them by name.
    const type = 'histogram' as unknown as Collected['type'];
    return { name, help, type, aggregator: 'sum', collect: () => undefined, values };
  }

  /** What prom-client asks when it writes text. */
  getForPromString(): Promise<Collected> {
    return this.get();
  }
}
