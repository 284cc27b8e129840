import { RequestError } from '#libs/contracts';
import { type Log } from '#libs/observability';

/**
 * Says what keeps background work from being done. That Redis is away is said elsewhere; anything
 * else is a fault of ours, and is said once until the work succeeds again.
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
      this.log.debug({ work, err: error }, 'background work waits for redis');
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
