import { type FixWrite, type LocationStore } from './location.store.js';

interface Submission {
  writes: FixWrite[];
  resolve: (verdicts: string) => void;
  reject: (error: unknown) => void;
}

/** Keeps one script call short for the others that share the Redis thread. */
const MAX_FIXES_PER_CALL = 500;

/**
 * Writes the fixes of one shard, one script call in flight at a time: what arrives meanwhile goes
 * into the next call. A quiet server answers at once, a busy one writes large batches.
 */
export class ShardWriter {
  private waiting: Submission[] = [];
  private busy = false;

  constructor(
    private readonly shard: number,
    private readonly store: LocationStore,
  ) {}

  /** One letter a fix, see LocationStore.storeFixes. */
  submit(writes: FixWrite[]): Promise<string> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ writes, resolve, reject });
      if (this.busy) return;
      this.busy = true;
      // After the current turn of the event loop: whatever the same read of sockets brings goes along.
      setImmediate(() => void this.drain());
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.takeBatch();
      try {
        const writes: FixWrite[] = [];
        for (const submission of batch) writes.push(...submission.writes);
        const verdicts = await this.store.storeFixes(this.shard, writes);
        let first = 0;
        for (const submission of batch) {
          const end = first + submission.writes.length;
          submission.resolve(verdicts.slice(first, end));
          first = end;
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.busy = false;
  }

  private takeBatch(): Submission[] {
    let fixes = 0;
    let end = 0;
    do {
      fixes += this.waiting[end]!.writes.length;
      end += 1;
    } while (
      end < this.waiting.length &&
      fixes + this.waiting[end]!.writes.length <= MAX_FIXES_PER_CALL
    );
    if (end === this.waiting.length) {
      const all = this.waiting;
      this.waiting = [];
      return all;
    }
    return this.waiting.splice(0, end);
  }
}
