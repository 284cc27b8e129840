import { type PendingRequest } from './connection-state.js';
import { type RealtimeSocket } from './realtime-socket.js';

/** How late an overdue request may be noticed. */
const CHECK_INTERVAL_MS = 100;

/**
 * Watches over all requests of the instance with one timer: all have the same deadline, so the
 * oldest stands first and only the overdue ones are ever looked at.
 */
export class Deadlines {
  private readonly open = new Map<PendingRequest, RealtimeSocket>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly deadlineMs: number,
    private readonly onOverdue: (socket: RealtimeSocket, request: PendingRequest) => void,
  ) {
    this.timer = setInterval(() => this.check(Date.now()), Math.min(CHECK_INTERVAL_MS, deadlineMs));
    this.timer.unref();
  }

  watch(socket: RealtimeSocket, request: PendingRequest): void {
    this.open.set(request, socket);
  }

  settle(request: PendingRequest): void {
    this.open.delete(request);
  }

  isOverdue(request: PendingRequest, now: number): boolean {
    return now - request.startedAt >= this.deadlineMs;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private check(now: number): void {
    for (const [request, socket] of this.open) {
      if (!this.isOverdue(request, now)) return;
      this.open.delete(request);
      this.onOverdue(socket, request);
    }
  }
}
