export interface RateLimits {
  ratePerSecond: number;
  rateBurst: number;
}

/** A client that goes on this many bursts beyond its budget is not mistaken but hostile. */
const FLOOD_BURSTS = 4;

/** A token bucket. */
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
    const cost = this.costOf(price);
    this.fill(now);
    this.tokens -= cost;
    return this.tokens >= 0 ? 0 : this.waitFor(cost);
  }

  /** The same, but refusals cost nothing. */
  tryTake(price: number, now: number): number {
    const cost = this.costOf(price);
    this.fill(now);
    if (this.tokens < cost) return this.waitFor(cost);
    this.tokens -= cost;
    return 0;
  }

  /** Takes the cost of what is done already, or all that is left if that is less. */
  takeUpTo(price: number, now: number): void {
    this.fill(now);
    this.tokens -= Math.min(this.costOf(price), Math.max(0, this.tokens));
  }

  /** Undoes a `take`, e.g. of what is not done after all. */
  giveBack(price: number): void {
    this.tokens += this.costOf(price);
  }

  /** Leaves no more than this, which may be less than nothing. */
  lowerTo(tokens: number): void {
    this.tokens = Math.min(this.tokens, tokens);
  }

  /** Whether the client keeps sending in spite of refusals. */
  get isFlooded(): boolean {
    return this.tokens < -FLOOD_BURSTS * this.limits.rateBurst;
  }

  /** What is taken for a price: what costs more than a full budget would never be let through. */
  costOf(price: number): number {
    return Math.min(price, this.limits.rateBurst);
  }

  isFull(now: number): boolean {
    return this.tokensAt(now) >= this.limits.rateBurst;
  }

  private fill(now: number): void {
    this.tokens = this.tokensAt(now);
    this.filledAt = now;
  }

  private tokensAt(now: number): number {
    const { ratePerSecond, rateBurst } = this.limits;
    const elapsedMs = Math.max(0, now - this.filledAt);
    return Math.min(rateBurst, this.tokens + (elapsedMs * ratePerSecond) / 1_000);
  }

  private waitFor(cost: number): number {
    return Math.ceil(((cost - this.tokens) / this.limits.ratePerSecond) * 1_000);
  }
}
