import { type PendingRequest } from '../realtime-socket.js';

/** How late an overdue request may be noticed. */
const CHECK_INTERVAL_MS = 100;

/**
 * Watches over all requests of the instance with one timer: all have the same deadline, so the
 * oldest stands first and only the overdue ones are ever looked at. A list linked through the
 * requests: a map pays for each of them again, and for all of them whenever it grows.
 */
export class Deadlines {
  private oldest: PendingRequest | undefined;
  private newest: PendingRequest | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly deadlineMs: number,
    private readonly onOverdue: (request: PendingRequest) => void,
  ) {
    this.timer = setInterval(() => this.check(Date.now()), Math.min(CHECK_INTERVAL_MS, deadlineMs));
    this.timer.unref();
  }

  watch(request: PendingRequest): void {
    if (this.newest) this.newest.newer = request;
    else this.oldest = request;
    request.older = this.newest;
    this.newest = request;
  }

  /** Does nothing for a request that is not watched any more. */
  settle(request: PendingRequest): void {
    const { older, newer } = request;
    if (older) older.newer = newer;
    else if (this.oldest === request) this.oldest = newer;
    else return;
    if (newer) newer.older = older;
    else this.newest = older;
    request.older = undefined;
    request.newer = undefined;
  }

  isOverdue(request: PendingRequest, now: number): boolean {
    return now - request.startedAt >= this.deadlineMs;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private check(now: number): void {
    for (let request = this.oldest; request; request = this.oldest) {
      if (!this.isOverdue(request, now)) return;
      this.settle(request);
      this.onOverdue(request);
    }
  }
}
