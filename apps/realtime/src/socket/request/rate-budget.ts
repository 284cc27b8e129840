export interface RateLimits {
  ratePerSecond: number;
  rateBurst: number;
}

/** A client that goes on this many bursts beyond its budget is not mistaken but hostile. */
const FLOOD_BURSTS = 4;

/** A token bucket for the requests of one socket. */
export class RateBudget {
  private tokens: number;
  private filledAt: number;

  constructor(
    private readonly limits: RateLimits,
    now: number,
  ) {
    this.tokens = limits.rateBurst;
    this.filledAt = now;
  }

  /**
   * Takes the cost; 0 when it was there, else how long to wait before the same is let through, ms.
   * Refusals cost as well.
   */
  take(price: number, now: number): number {
    const { ratePerSecond, rateBurst } = this.limits;
    // What costs more than a full budget would never be let through.
    const cost = Math.min(price, rateBurst);
    const elapsedMs = Math.max(0, now - this.filledAt);
    this.tokens = Math.min(rateBurst, this.tokens + (elapsedMs * ratePerSecond) / 1_000);
    this.filledAt = now;
    this.tokens -= cost;
    if (this.tokens >= 0) return 0;
    return Math.ceil(((cost - this.tokens) / ratePerSecond) * 1_000);
  }

  /** Undoes a refused `take` for budgets whose refusals are free. */
  giveBack(cost: number): void {
    this.tokens += cost;
  }

  /** Whether the client keeps sending in spite of refusals. */
  get isFlooded(): boolean {
    return this.tokens < -FLOOD_BURSTS * this.limits.rateBurst;
  }
}
