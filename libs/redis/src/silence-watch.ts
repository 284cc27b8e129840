import { type Redis } from 'ioredis';

const LOOKS_PER_LIMIT = 8;
const MIN_LOOK_INTERVAL_MS = 25;

/** Reaching the server may take longer than an answer of it. */
const CONNECT_LIMIT_MS = 5_000;

/**
 * Gives up a connection on which nothing comes any more. It asks when nothing was said for a moment,
 * so that an answer is owed, and counts only time in which this process has read its sockets: one
 * that was blocked or starved finds the answers in them and must not take itself for cut off.
 */
export class SilenceWatch {
  private readonly intervalMs: number;
  private readonly timer: NodeJS.Timeout;
  private lookedAt = performance.now();
  private stream: Redis['stream'] | undefined;
  private wasConnecting = false;
  private bytesHeard = 0;
  private silentMs = 0;

  /** @param limitMs silence of an established connection after which it is lost */
  constructor(
    private readonly redis: Redis,
    private readonly limitMs: number,
  ) {
    this.intervalMs = Math.max(MIN_LOOK_INTERVAL_MS, limitMs / LOOKS_PER_LIMIT);
    this.timer = setInterval(() => this.look(performance.now()), this.intervalMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(now: number): void {
    const passedMs = now - this.lookedAt;
    this.lookedAt = now;
    if (this.hasProgressed()) {
      this.silentMs = 0;
      return;
    }
    const wasSilent = this.silentMs > 0;
    // Sockets are read once a turn: of a long turn only a little counts.
    this.silentMs += Math.min(passedMs, 2 * this.intervalMs);
    if (this.silentMs >= this.currentLimitMs()) {
      // Timers come before sockets in a turn: what has arrived meanwhile is read first.
      setImmediate(() => this.giveUp());
    } else if (!wasSilent && this.redis.status === 'ready') {
      this.redis.ping().catch(() => undefined);
    }
  }

  private currentLimitMs(): number {
    return this.wasConnecting ? CONNECT_LIMIT_MS : this.limitMs;
  }

  /** Also where there is nothing to wait for: between two connections. */
  private hasProgressed(): boolean {
    const { stream } = this.redis;
    if (!stream || stream.destroyed) return true;
    const { bytesRead, connecting } = stream;
    const isSame =
      stream === this.stream && bytesRead === this.bytesHeard && connecting === this.wasConnecting;
    this.stream = stream;
    this.bytesHeard = bytesRead;
    this.wasConnecting = connecting;
    return !isSame;
  }

  private giveUp(): void {
    if (this.hasProgressed()) return;
    const seconds = this.currentLimitMs() / 1_000;
    this.redis.stream.destroy(new Error(`Redis has said nothing for ${seconds} s`));
  }
}
