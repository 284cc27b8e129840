import { type FixWrite } from './fix-batch.js';
import { type LocationStore } from './location.store.js';
import { ShardWriter, type Submission } from './shard-writer.js';

/** A round with this many fixes a shard is written at once: larger calls make no fix cheaper. */
const FULL_ROUND_FIXES_PER_SHARD = 32;

/**
 * Writes positions in rounds. The first fix after a pause is written at once. The fixes that come
 * meanwhile are written together after the interval, or as soon as the round is full. So a quiet
 * server answers without delay, and a busy one makes few large script calls, which cost less CPU.
 */
export class LocationWriter {
  private readonly shards: ShardWriter[];
  private roundAt = Number.NEGATIVE_INFINITY;
  private readonly fullRoundFixes: number;
  private fixesSinceRound = 0;
  private timer: NodeJS.Timeout | undefined;
  private isDue = false;

  constructor(
    store: LocationStore,
    private readonly intervalMs: number,
  ) {
    this.shards = store.eachShard((shard) => new ShardWriter(shard, store, () => this.schedule()));
    this.fullRoundFixes = this.shards.length * FULL_ROUND_FIXES_PER_SHARD;
  }

  /**
   * Packs the fixes of one ping for the next round.
   * @param traceparent of the ping, where its trace is kept
   */
  submit(shard: number, writes: readonly FixWrite[], traceparent?: string): Submission {
    const submission = this.shards[shard]!.submit(writes, traceparent);
    this.fixesSinceRound += writes.length;
    this.schedule();
    return submission;
  }

  private schedule(): void {
    const isFull = this.fixesSinceRound >= this.fullRoundFixes;
    if (this.isDue || (this.timer && !isFull)) return;
    const waitMs = isFull ? 0 : this.roundAt + this.intervalMs - performance.now();
    if (waitMs > 0) {
      this.timer = setTimeout(() => this.startRound(), waitMs);
      return;
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isDue = true;
    // After the current turn at the earliest: whatever the same read of sockets brings goes along.
    setImmediate(() => this.startRound());
  }

  private startRound(): void {
    this.timer = undefined;
    this.isDue = false;
    this.fixesSinceRound = 0;
    this.roundAt = performance.now();
    for (const shard of this.shards) shard.write();
  }
}
