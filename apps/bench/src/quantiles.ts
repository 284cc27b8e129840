import { type DelayHistogram } from '#libs/observability';

/** Of delays in milliseconds; NaN where nothing was recorded. */
export interface Quantiles {
  p50: number;
  p99: number;
  p999: number;
  max: number;
}

export function quantilesOf(histogram: DelayHistogram): Quantiles {
  const at = (share: number) => histogram.percentile(share) ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: histogram.maxMs };
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
