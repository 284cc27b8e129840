import { RateBudget, type RateLimits } from './rate-budget.js';

/** What one user or address has left. */
export interface KeptBudget {
  readonly budget: RateBudget;
  usedAt: number;
}

/** From here on those are looked for that may be forgotten. */
const MANY = 2_000;
const FORGET_INTERVAL_MS = 1_000;

/**
 * What each user or address may cost on this instance, whatever it comes by. Refusals cost nothing,
 * so that waiting helps.
 */
export class KeyedBudgets<Kept extends KeptBudget = KeptBudget> {
  private readonly kept = new Map<string, Kept>();
  /** A budget that was not used for so long is full again, unless it was below nothing. */
  private readonly fullAfterMs: number;
  private forgotAt = 0;

  constructor(
    private readonly limits: RateLimits,
    /** What is kept of one, by its full budget. */
    private readonly begin: (budget: KeptBudget) => Kept,
  ) {
    this.fullAfterMs = (limits.rateBurst / limits.ratePerSecond) * 1_000;
  }

  /** Those of which nothing but the budget is kept. */
  static plain(limits: RateLimits): KeyedBudgets {
    return new KeyedBudgets(limits, (budget) => budget);
  }

  get size(): number {
    return this.kept.size;
  }

  /** Takes the cost; 0 when it was there, else how long to wait, ms. @param now of one clock, ms */
  take(key: string, cost: number, now: number): number {
    return this.of(key, now).budget.tryTake(cost, now);
  }

  /**
   * Takes the cost of what is done already, but no more than is left. However many calls were under
   * way at once, whoever waits for what the next one costs is let through.
   */
  charge(key: string, cost: number, now: number): void {
    this.of(key, now).budget.takeUpTo(cost, now);
  }

  /** Undoes a `take`: what was to be paid for is not done. */
  giveBack(key: string, cost: number): void {
    this.find(key)?.budget.giveBack(cost);
  }

  /** The one of this key, which is in use from now on. */
  of(key: string, now: number): Kept {
    const known = this.kept.get(key);
    if (known) {
      known.usedAt = now;
      return known;
    }
    if (this.kept.size >= MANY && now - this.forgotAt >= FORGET_INTERVAL_MS) this.forget(now);
    const added = this.begin({ budget: new RateBudget(this.limits, now), usedAt: now });
    this.kept.set(key, added);
    return added;
  }

  find(key: string): Kept | undefined {
    return this.kept.get(key);
  }

  private forget(now: number): void {
    this.forgotAt = now;
    for (const [key, { usedAt, budget }] of this.kept)
      if (now - usedAt > this.fullAfterMs && budget.isFull(now)) this.kept.delete(key);
  }
}
