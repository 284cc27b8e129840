import { type RideLink, type RidewireClient } from '#libs/client';

/** How far what the page shows can be trusted. */
export interface Freshness {
  /**
   * `connecting`: nothing was shown yet. `lost`: there is no connection. `behind`: there is one, but
   * changes may not come through.
   */
  status: 'connecting' | 'live' | 'lost' | 'behind';
  /** Until when what is shown was as it should be, epoch ms; null before that. */
  goodAt: number | null;
  /** When the next try to connect comes, epoch ms. */
  retryAt: number | null;
}

const CHECK_INTERVAL_MS = 1_000;
/** What was good so long ago is not called live any more. */
const LIVE_FOR_MS = 2_500;
/** A server that says nothing for so long is left for another one. */
const LEAVE_AFTER_MS = 8_000;

/**
 * Asks the server once a second whether all is well. A connection that hangs, a server without Redis
 * and a computer that slept look the same to a page that only waits to be told.
 */
export class FreshnessWatch {
  private state: Freshness = { status: 'connecting', goodAt: null, retryAt: null };
  private readonly listeners = new Set<() => void>();
  private readonly caughtUp = new Set<() => void>();
  private readonly timer: ReturnType<typeof setInterval>;
  private isAsking = false;
  private goodAt: number | null = null;
  private answeredAt = Date.now();
  private lookedAt = Date.now();

  constructor(
    private readonly client: RidewireClient,
    private readonly admin: RideLink<'/admin'>,
  ) {
    this.timer = setInterval(() => this.look(), CHECK_INTERVAL_MS);
    client.subscribe(() => this.look());
  }

  readonly get = (): Freshness => this.state;

  /** Told once a second and with every change. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  /** Told when everything comes through again after it did not. @returns what ends it */
  onCaughtUp(listener: () => void): () => void {
    this.caughtUp.add(listener);
    return () => void this.caughtUp.delete(listener);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = Date.now();
    // A page that was busy or asleep itself has not given the server its time to answer.
    const wasAway = now - this.lookedAt > 2 * CHECK_INTERVAL_MS;
    this.lookedAt = now;
    if (wasAway) this.answeredAt = now;
    const isReady = this.client.getState().status === 'ready';
    if (!isReady) this.answeredAt = now;
    else if (now - this.answeredAt > LEAVE_AFTER_MS) {
      this.answeredAt = now;
      if (this.isAsking) this.client.reconnect();
    }
    if (isReady && !this.isAsking) void this.ask();
    if (!wasAway) this.tell(now);
  }

  private async ask(): Promise<void> {
    this.isAsking = true;
    const answer = await this.admin.tryNow('admin:feed:check', {});
    this.isAsking = false;
    const now = Date.now();
    if (answer.ok || answer.error.code !== 'NO_ANSWER') this.answeredAt = now;
    if (answer.ok) {
      const { behindMs } = answer.data;
      this.goodAt = Math.max(this.goodAt ?? 0, now - behindMs);
    }
    this.tell(now);
  }

  private tell(now: number): void {
    const { status: before } = this.state;
    const { status: connection, retryAt } = this.client.getState();
    const { goodAt } = this;
    const status = statusOf(connection === 'ready', goodAt, now);
    this.state = { status, goodAt, retryAt };
    for (const listener of this.listeners) listener();
    if (status !== 'live' || (before !== 'lost' && before !== 'behind')) return;
    for (const listener of this.caughtUp) listener();
  }
}

function statusOf(isConnected: boolean, goodAt: number | null, now: number): Freshness['status'] {
  if (goodAt === null) return 'connecting';
  if (!isConnected) return 'lost';
  return now - goodAt > LIVE_FOR_MS ? 'behind' : 'live';
}
