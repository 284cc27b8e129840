import { RequestError } from '#libs/contracts';
import { type Log } from '#libs/observability';
import { isPassingState } from './redis-availability.js';

/** Work that is done again and again, never twice at the same time, and outlives its failures. */
export class BackgroundTask {
  private readonly failures: BackgroundFailures;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  /**
   * @param name what the log calls it
   * @param work resolves to false when it had nothing to do, which does not show that it can
   */
  constructor(
    log: Log,
    name: string,
    private readonly work: () => Promise<boolean>,
  ) {
    this.failures = new BackgroundFailures(log, name);
  }

  start(intervalMs: number): void {
    this.timer = setInterval(() => (this.running ??= this.run()), intervalMs);
  }

  /** Resolves when what is being done has ended. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      if (await this.work()) this.failures.clear();
    } catch (error) {
      this.failures.note(error);
    } finally {
      this.running = undefined;
    }
  }
}

/**
 * Logs why background work cannot be done. That Redis is away is said elsewhere. What it
 * says of itself while it starts or changes its master is a warning, anything else a fault of ours;
 * both are said once until the work succeeds again.
 */
export class BackgroundFailures {
  private isSaid = false;

  constructor(
    private readonly log: Log,
    private readonly work: string,
  ) {}

  note(error: unknown): void {
    const { work } = this;
    if (error instanceof RequestError && error.code === 'REDIS_UNAVAILABLE') {
      const { cause } = error;
      if (!isPassingState(cause)) {
        this.log.debug({ work, err: error }, 'background work waits for redis');
      } else if (!this.isSaid) {
        this.isSaid = true;
        this.log.warn(
          { work, reason: cause.message },
          'redis cannot do this now; it is tried again',
        );
      }
      return;
    }
    if (this.isSaid) return;
    this.isSaid = true;
    this.log.error({ work, err: error }, 'background work fails; it is tried again and again');
  }

  clear(): void {
    if (!this.isSaid) return;
    this.isSaid = false;
    this.log.info({ work: this.work }, 'background work succeeds again');
  }
}
