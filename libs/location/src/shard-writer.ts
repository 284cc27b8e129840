import { type FixBatch, type FixWrite } from './fix-batch.js';
import { type LocationStore } from './location.store.js';

/** Where the fixes of one ping stand in the call that writes them. */
export interface Submission {
  /** One letter a fix of the whole call, see LocationStore.storeFixes; the same promise for all its pings. */
  verdicts: Promise<string>;
  first: number;
}

interface Call extends PromiseWithResolvers<string> {
  batch: FixBatch;
}

/** Keeps one script call short for the others that share the Redis thread. */
const MAX_FIXES_PER_CALL = 500;

/** Gathers the fixes of one shard and writes them, one script call in flight at a time. */
export class ShardWriter {
  private readonly waiting: Call[] = [];
  private isWriting = false;
  private lastLength = 0;

  /** @param onMore called after a write when others wait already */
  constructor(
    private readonly shard: number,
    private readonly store: LocationStore,
    private readonly onMore: () => void,
  ) {}

  /** The fixes of one ping are written by one call. */
  submit(writes: readonly FixWrite[], traceparent?: string): Submission {
    const { batch, promise } = this.callFor(writes.length);
    const first = batch.length;
    for (const write of writes) batch.add(write);
    batch.traceparent ??= traceparent;
    return { verdicts: promise, first };
  }

  /** Starts the next script call unless one is in flight or nothing waits. */
  write(): void {
    const call = this.isWriting ? undefined : this.waiting.shift();
    if (!call) return;
    this.isWriting = true;
    this.lastLength = call.batch.length;
    this.store.storeFixes(call.batch).then(
      (verdicts) => {
        this.done();
        call.resolve(verdicts);
      },
      (error: unknown) => {
        this.done();
        call.reject(error);
      },
    );
  }

  private callFor(fixes: number): Call {
    const newest = this.waiting.at(-1);
    if (newest && newest.batch.length + fixes <= MAX_FIXES_PER_CALL) return newest;
    const batch = this.store.newBatch(this.shard, Math.max(this.lastLength, fixes));
    const call = { batch, ...Promise.withResolvers<string>() };
    this.waiting.push(call);
    return call;
  }

  private done(): void {
    this.isWriting = false;
    if (this.waiting.length > 0) this.onMore();
  }
}
