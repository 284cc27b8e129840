import { Injectable } from '@nestjs/common';
import { Log } from '#libs/observability';
import { BackgroundFailures, LuaScript, RedisCommands, RedisKeys } from '#libs/redis';
import { type RateLimits } from './rate-budget.js';

const settleBudget = LuaScript.load(import.meta.url, 'settle_budget');

/** It works again once nobody's has failed for so long: of all budgets that of one person may fail each time. */
const WORKS_AFTER_MS = 60_000;

/** What a user may cost: each has a budget of its own. */
type BudgetKind = 'sockets' | 'rest';

/** What users have left on all instances together. */
@Injectable()
export class BudgetsStore {
  private readonly failures: BackgroundFailures;
  private failedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: RedisKeys,
    log: Log,
  ) {
    this.failures = new BackgroundFailures(log, 'settling budgets');
  }

  /**
   * Takes what was let through.
   * @returns what is left, below 0 where instances let more through than there was
   * @throws RequestError REDIS_UNAVAILABLE
   */
  async settle(
    kind: BudgetKind,
    userId: string,
    spent: number,
    { ratePerSecond, rateBurst }: RateLimits,
  ): Promise<number> {
    const key = this.keys.key(`user:${userId}`, 'budget', kind);
    // No client waits for it, and it says nothing that a revoked session must not hear.
    try {
      const left = await this.redis.runAhead(
        settleBudget,
        [key],
        [spent, ratePerSecond, rateBurst],
      );
      if (performance.now() - this.failedAt >= WORKS_AFTER_MS) this.failures.clear();
      return left as number;
    } catch (error) {
      this.failedAt = performance.now();
      this.failures.note(error);
      throw error;
    }
  }
}
