import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { type Context } from '@opentelemetry/api';

/** One piece of work, e.g. a request: what its log lines and spans have in common. */
export class Work {
  private ownId: string | undefined;

  /**
   * @param givenId as somebody else calls it; else it is made when a line needs it
   * @param context where its spans belong; absent while nothing is traced
   * @param whole what this is a part of
   */
  constructor(
    givenId?: string,
    readonly context?: Context,
    private readonly whole?: Work,
  ) {
    this.ownId = givenId;
  }

  get id(): string {
    if (this.whole) return this.whole.id;
    this.ownId ??= randomBytes(8).toString('hex');
    return this.ownId;
  }

  part(context: Context): Work {
    return new Work(undefined, context, this);
  }
}

const storage = new AsyncLocalStorage<Work>();

/** What is being worked on here; undefined for what nobody asked for. */
export function currentWork(): Work | undefined {
  return storage.getStore();
}

/** Runs a step, and whatever it starts, as nobody's work: e.g. a timer that outlives the request that set it. */
export function outsideOfWork<T>(step: () => T): T {
  return storage.exit(step);
}

/** Runs a step, and whatever it starts, as part of the work. */
export function within<T>(work: Work, step: () => T): T {
  return storage.run(work, step);
}
