import { RateBudget, type RateLimits } from './rate-budget.js';

interface Kept {
  budget: RateBudget;
  usedAt: number;
}

/** From here on those are looked for that may be forgotten. */
const MANY = 2_000;
const FORGET_INTERVAL_MS = 1_000;

/** What each user or address may cost, whatever it comes by. Refusals cost nothing, so that waiting helps. */
export class KeyedBudgets {
  private readonly kept = new Map<string, Kept>();
  /** A budget that was not used for so long is full again. */
  private readonly fullAfterMs: number;
  private forgotAt = 0;

  constructor(private readonly limits: RateLimits) {
    this.fullAfterMs = (limits.rateBurst / limits.ratePerSecond) * 1_000;
  }

  get size(): number {
    return this.kept.size;
  }

  /** Takes the cost; 0 when it was there, else how long to wait, ms. @param now of one clock, ms */
  take(key: string, cost: number, now: number): number {
    const kept = this.kept.get(key) ?? this.add(key, now);
    kept.usedAt = now;
    const retryAfterMs = kept.budget.take(cost, now);
    if (retryAfterMs > 0) this.giveBack(key, cost);
    return retryAfterMs;
  }

  /** Undoes a `take`: what was to be paid for is not done. */
  giveBack(key: string, cost: number): void {
    this.kept.get(key)?.budget.giveBack(Math.min(cost, this.limits.rateBurst));
  }

  private add(key: string, now: number): Kept {
    if (this.kept.size >= MANY && now - this.forgotAt >= FORGET_INTERVAL_MS) this.forget(now);
    const kept = { budget: new RateBudget(this.limits, now), usedAt: now };
    this.kept.set(key, kept);
    return kept;
  }

  private forget(now: number): void {
    this.forgotAt = now;
    for (const [key, { usedAt }] of this.kept)
      if (now - usedAt > this.fullAfterMs) this.kept.delete(key);
  }
}
