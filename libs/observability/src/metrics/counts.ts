/** Series of one family: what has more kinds than this shares one that is called "other". */
const MAX_SERIES = 1_000;
const OTHER = 'other';

/** A number that only grows. Adding to it is all that a hot path pays. */
export class Count {
  value = 0;
}

/**
 * The buckets of one histogram. A delay costs a walk over a few numbers; nothing is made of them
 * before somebody asks.
 */
export class Delays {
  /** Delays in each bucket alone; the last is for what is longer than every bound. */
  readonly counts: Float64Array;
  /** Seconds. */
  sum = 0;

  /** @param bounds upper bounds in seconds, growing */
  constructor(readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** @param delayMs what is below 0, by clocks that differ, counts as 0 */
  note(delayMs: number): void {
    const seconds = delayMs > 0 ? delayMs / 1_000 : 0;
    const { bounds, counts } = this;
    let bucket = 0;
    while (bucket < bounds.length && seconds > bounds[bucket]!) bucket += 1;
    counts[bucket]! += 1;
    this.sum += seconds;
  }
}

/**
 * The delay that so many of those in buckets did not exceed, ms: within its bucket as if they were
 * spread evenly. Null when there are none; the last bound for what is longer than all of them.
 * @param counts delays in each bucket alone @param share 0.5 for the median
 */
export function quantileMs(
  bounds: readonly number[],
  counts: Float64Array,
  share: number,
): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = share * total;
  let below = 0;
  for (const [bucket, bound] of bounds.entries()) {
    const inBucket = counts[bucket]!;
    if (inBucket > 0 && below + inBucket >= rank) {
      const from = bounds[bucket - 1] ?? 0;
      return 1_000 * (from + ((bound - from) * (rank - below)) / inBucket);
    }
    below += inBucket;
  }
  return 1_000 * bounds.at(-1)!;
}

/** Buckets of several histograms with the same bounds, added up. */
export function sumOf(all: Iterable<Delays>): Float64Array {
  let sum = new Float64Array();
  for (const { counts } of all) {
    if (sum.length === 0) sum = new Float64Array(counts.length);
    for (const [bucket, count] of counts.entries()) sum[bucket]! += count;
  }
  return sum;
}

/** One number or histogram for each combination of labels, which are bounded in number. */
export class Family<Member> {
  private readonly members = new Map<string, { values: readonly string[]; member: Member }>();

  constructor(
    readonly labels: readonly string[],
    private readonly create: () => Member,
  ) {}

  /** To be kept by whoever counts often. @param values of the labels, in their order */
  of(...values: readonly string[]): Member {
    const known = this.members.get(values.join('\n'));
    if (known) return known.member;
    const isRoom = this.members.size < MAX_SERIES;
    const named = isRoom ? values : this.labels.map(() => OTHER);
    const key = named.join('\n');
    const entry = this.members.get(key) ?? { values: named, member: this.create() };
    this.members.set(key, entry);
    return entry.member;
  }

  /** With their labels by name. */
  *series(): Generator<{ labels: Record<string, string>; member: Member }> {
    for (const { values, member } of this.members.values()) {
      const pairs = this.labels.map((label, i) => [label, values[i] ?? ''] as const);
      yield { labels: Object.fromEntries(pairs), member };
    }
  }
}
