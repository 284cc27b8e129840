import { Injectable } from '@nestjs/common';
import { LuaScript, RedisCommands } from '#libs/redis';
import { TripKeys } from '../store/trip-keys.js';
import { TripClock } from './trip-clock.js';
import { parseTimer, timerName, type DueTimer } from './trip-timer.js';

const scripts = {
  claim: LuaScript.load(import.meta.url, 'claim_timers'),
  settle: LuaScript.load(import.meta.url, 'settle_timer'),
};

export interface ClaimedTimer extends DueTimer {
  /** Until when it belongs to the instance that claimed it, epoch ms. */
  takenUntil: number;
}

/** Deadlines in Redis: whichever instance lives takes what is due (TRIP2). */
@Injectable()
export class TimersStore {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: TripKeys,
    private readonly clock: TripClock,
  ) {}

  /** Takes timers that are due; also says when the next one is, epoch ms, Infinity for none. */
  async claim(
    limit: number,
    claimMs: number,
  ): Promise<{ claimed: ClaimedTimer[]; nextAt: number }> {
    const askedAt = Date.now();
    const [takenUntil, nextAt, ...names] = (await this.redis.run(
      scripts.claim,
      [this.keys.timers],
      [limit, claimMs],
    )) as string[];
    this.clock.learn(Number(takenUntil) - claimMs, askedAt, Date.now());
    return {
      claimed: names.map((name) => ({ ...parseTimer(name), takenUntil: Number(takenUntil) })),
      nextAt: nextAt ? Number(nextAt) : Infinity,
    };
  }

  /** @param dueAgainAt epoch ms; null for never. A timer that was set anew meanwhile stays as it is. */
  async settle(timer: ClaimedTimer, dueAgainAt: number | null): Promise<void> {
    await this.redis.run(
      scripts.settle,
      [this.keys.timers],
      [timerName(timer), timer.takenUntil, dueAgainAt ?? ''],
    );
  }
}
