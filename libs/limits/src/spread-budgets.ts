import { KeyedBudgets, type KeptBudget } from './keyed-budgets.js';
import { type RateLimits } from './rate-budget.js';

/** Tells all instances what this one let through, and learns what is left. */
type Settle = (key: string, spent: number, limits: RateLimits) => Promise<number>;

interface SpreadBudget extends KeptBudget {
  /** What was let through here and is not told yet; below 0 where what was told was not done after all. */
  untold: number;
  untoldAt: number;
  isSettling: boolean;
  /** Not to be settled for so long from then on. */
  pauseMs: number;
  pausedAt: number;
}

/** Of a full budget: what an instance lets through before it tells the others. */
const TOLD_PART = 1 / 8;
/** Of the pace at which a budget fills: whoever stays below it on each instance is never told of. */
const FREE_PART = 1 / 16;
/** Between two settlements because of refusals. */
const REFUSAL_PAUSE_MS = 200;
/** After one that failed. */
const FAILURE_PAUSE_MS = 1_000;

/**
 * What each user may cost on all instances together. Each instance counts by itself and nobody waits
 * for Redis: once an eighth of a budget is spent here, it is taken from the one in Redis, and what
 * is left there is the most that is left here. Apps that are used by people cost no command at all.
 * While Redis is away each instance goes by its own count, which is a whole budget at most.
 */
export class SpreadBudgets {
  private readonly budgets: KeyedBudgets<SpreadBudget>;
  private readonly toldFrom: number;
  private readonly freePerMs: number;

  constructor(
    private readonly limits: RateLimits,
    private readonly settleAll: Settle,
  ) {
    this.budgets = new KeyedBudgets(limits, (kept) =>
      Object.assign(kept, {
        untold: 0,
        untoldAt: kept.usedAt,
        isSettling: false,
        pauseMs: 0,
        pausedAt: 0,
      }),
    );
    this.toldFrom = limits.rateBurst * TOLD_PART;
    this.freePerMs = (limits.ratePerSecond * FREE_PART) / 1_000;
  }

  /** Takes the cost; 0 when it was there, else how long to wait, ms. @param now of one clock, ms */
  take(key: string, cost: number, now: number): number {
    const kept = this.budgets.of(key, now);
    const waitMs = kept.budget.tryTake(cost, now);
    if (waitMs === 0) {
      // What was told and given back since is below 0, and is set off against what comes.
      const free = Math.min(
        Math.max(0, kept.untold),
        Math.max(0, now - kept.untoldAt) * this.freePerMs,
      );
      kept.untold += kept.budget.costOf(cost) - free;
      kept.untoldAt = now;
    }
    // Whoever is refused is told how long to wait by what is known of all instances.
    if (waitMs > 0 || kept.untold >= this.toldFrom) this.settle(key, kept, waitMs > 0);
    return waitMs;
  }

  /** Undoes a `take`: what was to be paid for is not done. */
  giveBack(key: string, cost: number): void {
    const kept = this.budgets.find(key);
    if (!kept) return;
    kept.budget.giveBack(cost);
    kept.untold -= kept.budget.costOf(cost);
  }

  private settle(key: string, kept: SpreadBudget, isRefused: boolean): void {
    const now = kept.usedAt;
    // A clock that has stepped, forward or back, ends a pause.
    if (kept.isSettling || Math.abs(now - kept.pausedAt) < kept.pauseMs) return;
    const told = Math.max(0, kept.untold);
    kept.isSettling = true;
    pause(kept, isRefused ? REFUSAL_PAUSE_MS : 0);
    kept.untold -= told;
    this.settleAll(key, told, this.limits).then(
      (left) => {
        kept.isSettling = false;
        kept.budget.lowerTo(left - kept.untold);
        if (kept.untold >= this.toldFrom) this.settle(key, kept, false);
      },
      () => {
        kept.isSettling = false;
        pause(kept, FAILURE_PAUSE_MS);
        // What was spent in a long outage must not keep anybody out after it.
        kept.untold = Math.min(kept.untold + told, this.toldFrom);
      },
    );
  }
}

function pause(kept: SpreadBudget, pauseMs: number): void {
  kept.pauseMs = pauseMs;
  kept.pausedAt = kept.usedAt;
}
