/** Each bucket is this much longer than the one before: percentiles are right to 2 %. */
const GROWTH = 1.02;
const SHORTEST_MS = 0.1;
const LONGEST_MS = 600_000;
const BUCKETS = Math.ceil(Math.log(LONGEST_MS / SHORTEST_MS) / Math.log(GROWTH)) + 1;

/** Counts delays in buckets of growing length: any number of them in the same few kilobytes. */
export class DelayHistogram {
  private readonly counts = new Uint32Array(BUCKETS);
  private total = 0;
  private longestMs = 0;

  get count(): number {
    return this.total;
  }

  get maxMs(): number {
    return this.longestMs;
  }

  record(delayMs: number): void {
    const bucket = bucketOf(delayMs);
    this.counts[bucket] = this.counts[bucket]! + 1;
    this.total += 1;
    this.longestMs = Math.max(this.longestMs, delayMs);
  }

  add(other: DelayHistogram): void {
    other.counts.forEach((count, bucket) => {
      this.counts[bucket] = this.counts[bucket]! + count;
    });
    this.total += other.total;
    this.longestMs = Math.max(this.longestMs, other.longestMs);
  }

  clear(): void {
    this.counts.fill(0);
    this.total = 0;
    this.longestMs = 0;
  }

  /** @param share 0.5 for the median; undefined when nothing was recorded */
  percentile(share: number): number | undefined {
    if (this.total === 0) return undefined;
    const rank = Math.max(1, Math.ceil(share * this.total));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.counts[bucket]!;
      if (seen >= rank) return Math.min(middleOf(bucket), this.longestMs);
    }
    return this.longestMs;
  }
}

function bucketOf(delayMs: number): number {
  if (!(delayMs > SHORTEST_MS)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(delayMs / SHORTEST_MS) / Math.log(GROWTH)));
}

function middleOf(bucket: number): number {
  return SHORTEST_MS * GROWTH ** (bucket - 0.5);
}

/** The delays of the last few seconds, a histogram a second. */
export class DelayWindow {
  private readonly slots: DelayHistogram[];
  private current = 0;

  constructor(seconds: number) {
    this.slots = Array.from({ length: seconds }, () => new DelayHistogram());
  }

  record(delayMs: number): void {
    this.slots[this.current]!.record(delayMs);
  }

  /** Called once a second: forgets the oldest second. */
  advance(): void {
    this.current = (this.current + 1) % this.slots.length;
    this.slots[this.current]!.clear();
  }

  merged(): DelayHistogram {
    const all = new DelayHistogram();
    for (const slot of this.slots) all.add(slot);
    return all;
  }
}
