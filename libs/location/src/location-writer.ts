import { type FixWrite } from './fix-batch.js';
import { type LocationStore } from './location.store.js';
import { ShardWriter, type Submission } from './shard-writer.js';

/**
 * Writes positions in rounds: the first fix after a pause leaves at once, the next round follows
 * after the interval with all that has come meanwhile, to every shard. A quiet server answers
 * without delay; a busy one makes few large script calls, which is what its CPU goes by.
 */
export class LocationWriter {
  private readonly shards: ShardWriter[];
  private roundAt = Number.NEGATIVE_INFINITY;
  private isScheduled = false;

  constructor(
    store: LocationStore,
    private readonly intervalMs: number,
  ) {
    this.shards = store.eachShard((shard) => new ShardWriter(shard, store, () => this.schedule()));
  }

  /** Packs the fixes of one ping for the next round. */
  submit(shard: number, writes: readonly FixWrite[]): Submission {
    const submission = this.shards[shard]!.submit(writes);
    this.schedule();
    return submission;
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    const waitMs = this.roundAt + this.intervalMs - performance.now();
    // After the current turn at the earliest: whatever the same read of sockets brings goes along.
    if (waitMs <= 0) setImmediate(() => this.startRound());
    else setTimeout(() => this.startRound(), waitMs);
  }

  private startRound(): void {
    this.isScheduled = false;
    this.roundAt = performance.now();
    for (const shard of this.shards) shard.write();
  }
}
