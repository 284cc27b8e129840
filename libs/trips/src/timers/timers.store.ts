import { Injectable } from '@nestjs/common';
import { LuaScript, RedisCommands } from '#libs/redis';
import { TripKeys } from '../store/trip-keys.js';
import { ClockWatch } from './clock-watch.js';
import { TripClock } from './trip-clock.js';
import { parseTimer, timerName, type DueTimer } from './trip-timer.js';

const scripts = {
  claim: LuaScript.load(import.meta.url, 'claim_timers'),
  settle: LuaScript.load(import.meta.url, 'settle_timer'),
  step: LuaScript.load(import.meta.url, 'step_clock'),
};

export interface ClaimedTimer extends DueTimer {
  /** Until when it belongs to the instance that claimed it, epoch ms. */
  takenUntil: number;
}

export interface TimerClaim {
  claimed: ClaimedTimer[];
  /** When the next one is due, epoch ms; Infinity for none. */
  nextAt: number;
  /** By how much the clock of Redis was found to have jumped, ms: 0 nearly always. */
  jumpMs: number;
}

/** Deadlines in Redis: whichever instance lives takes what is due (TRIP2). */
@Injectable()
export class TimersStore {
  private readonly watch = new ClockWatch();

  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: TripKeys,
    private readonly clock: TripClock,
  ) {}

  /** Takes timers that are due, and looks at the clock of Redis. */
  async claim(limit: number, claimMs: number): Promise<TimerClaim> {
    const before = Date.now();
    const askedAt = performance.now();
    const [now, redisMs, ahead, steps, judgements, isStanding, nextAt, ...names] =
      (await this.redis.run(
        scripts.claim,
        [this.keys.timers, this.keys.clock],
        [limit, claimMs],
      )) as [string, string, string, string, string, number, string, ...string[]];
    const ownMs = Date.now();
    this.clock.learn(Number(now), before, ownMs);
    const aheadMs = Number(ahead);
    const stoodStill = isStanding === 1;
    const newAheadMs = this.watch.judge({
      redisMs: Number(redisMs),
      dispatchMs: Number(now),
      aheadMs,
      steps: Number(steps),
      judgements: Number(judgements),
      isStanding: stoodStill,
      askedAt,
      answeredAt: performance.now(),
      ownMs,
    });
    if (newAheadMs !== undefined)
      await this.redis.run(
        scripts.step,
        [this.keys.clock],
        [steps, newAheadMs, stoodStill ? redisMs : ''],
      );
    const takenUntil = Number(now) + claimMs;
    return {
      claimed: names.map((name) => ({ ...parseTimer(name), takenUntil })),
      nextAt: nextAt ? Number(nextAt) : Infinity,
      jumpMs: stoodStill && newAheadMs !== undefined ? aheadMs - newAheadMs : 0,
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
