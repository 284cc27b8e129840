import { type FixWrite, type LocationStore } from './location.store.js';

/** The fixes of one ping. */
export interface Submission {
  writes: readonly FixWrite[];
  resolve: (verdicts: string) => void;
  reject: (error: unknown) => void;
}

/** Keeps one script call short for the others that share the Redis thread. */
const MAX_FIXES_PER_CALL = 500;

/** Gathers the fixes of one shard and writes them, one script call in flight at a time. */
export class ShardWriter {
  private waiting: Submission[] = [];
  private isWriting = false;

  /** @param onMore called after a write when others wait already */
  constructor(
    private readonly shard: number,
    private readonly store: LocationStore,
    private readonly onMore: () => void,
  ) {}

  submit(writes: readonly FixWrite[]): Promise<string> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ writes, resolve, reject });
    });
  }

  /** Starts the next script call unless one is in flight or nothing waits. */
  write(): void {
    if (this.isWriting || this.waiting.length === 0) return;
    this.isWriting = true;
    const batch = this.takeBatch();
    const writes: FixWrite[] = [];
    for (const submission of batch) writes.push(...submission.writes);
    this.store.storeFixes(this.shard, writes).then(
      (verdicts) => {
        this.done();
        let first = 0;
        for (const submission of batch) {
          const end = first + submission.writes.length;
          submission.resolve(verdicts.slice(first, end));
          first = end;
        }
      },
      (error: unknown) => {
        this.done();
        for (const submission of batch) submission.reject(error);
      },
    );
  }

  private done(): void {
    this.isWriting = false;
    if (this.waiting.length > 0) this.onMore();
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
    const batch = this.waiting;
    this.waiting = batch.splice(end);
    return batch;
  }
}
