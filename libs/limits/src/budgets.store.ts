import { Injectable } from '@nestjs/common';
import { RequestError } from '#libs/contracts';
import { Log } from '#libs/observability';
import { LuaScript, RedisCommands, RedisKeys } from '#libs/redis';
import { type RateLimits } from './rate-budget.js';

const settleBudget = LuaScript.load(import.meta.url, 'settle_budget');

/** What a user may cost: each has a budget of its own. */
type BudgetKind = 'sockets' | 'rest';

/** What users have left on all instances together. */
@Injectable()
export class BudgetsStore {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: RedisKeys,
    private readonly log: Log,
  ) {}

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
    const asked = this.redis.runAhead(settleBudget, [key], [spent, ratePerSecond, rateBurst]);
    return (await asked.catch((error: unknown) => {
      // That Redis is away is said elsewhere.
      if (!(error instanceof RequestError))
        this.log.error({ err: error }, 'a budget could not be settled');
      throw error;
    })) as number;
  }
}
