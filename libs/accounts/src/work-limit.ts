import { RequestError } from '#libs/contracts';

/** Lets a few tasks run at once and a few wait; refuses the rest at once. */
export class WorkLimit {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly maxRunning: number,
    private readonly maxWaiting: number,
    private readonly retryAfterMs: number,
  ) {}

  /** @throws RequestError RATE_LIMITED when the waiting line is full. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.running < this.maxRunning) {
      this.running += 1;
    } else {
      if (this.waiting.length >= this.maxWaiting) {
        throw new RequestError('RATE_LIMITED', { retryAfterMs: this.retryAfterMs });
      }
      // The task that ends hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
