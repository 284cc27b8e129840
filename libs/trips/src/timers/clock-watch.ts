/** Clocks that differ by less are taken for the same. */
const AGREE_MS = 5_000;
/** What was measured may be wrong by this, beside the time that the command took. */
const TOLERANCE_MS = 2_000;
/** By this part of the time that goes by the clock of trips comes back to that of Redis. */
const RETURN_RATE = 1 / 20;
/** An instance that has seen nothing before a jump leaves it so long to those that have. */
const NEWCOMER_WAIT_MS = 5_000;

/** What a look at the clock of Redis has shown. */
export interface ClockLook {
  /** The clock of Redis itself, epoch ms. */
  redisMs: number;
  /** The clock of trips, epoch ms: where it stands still, when it stopped. */
  dispatchMs: number;
  /** How far the clock of trips is ahead of that of Redis, ms. */
  aheadMs: number;
  /** How often that was changed, by any instance. */
  steps: number;
  /** How often it was changed because the clock of Redis had stood still for a judgement. */
  judgements: number;
  /** Whether the clock of trips stands still until somebody says how to go on. */
  isStanding: boolean;
  /** By the clock of `performance`, which never steps: before and after. */
  askedAt: number;
  answeredAt: number;
  /** The own clock afterwards, epoch ms. */
  ownMs: number;
}

/**
 * Judges whether the clock of Redis has jumped, by the own clocks of an instance. Trips, offers, leases
 * and webhooks go on then as if it had not. Once the clock of Redis agrees with that of the instance
 * again they come back to it, so slowly that no deadline notices.
 */
export class ClockWatch {
  private before: ClockLook | undefined;
  /** The newest look at a clock that went on: what jumps next is measured from here. */
  private lastRunningLook: ClockLook | undefined;
  /** The look that this instance has judged by, until it shows whether that was written. */
  private unconfirmedJudgement: ClockLook | undefined;
  /** When this instance first saw the clock of trips stand still without knowing why; `performance`, ms. */
  private undecidedSinceMs: number | undefined;

  /** @returns how far the clock of trips has to be ahead of Redis from now on, ms; undefined for as it is */
  judge(look: ClockLook): number | undefined {
    const before = this.before?.steps === look.steps ? this.before : undefined;
    this.before = look;
    // Of these only: coming back slowly is a step as well, and leaves a look as good as it was.
    const { judgements } = look;
    if (this.unconfirmedJudgement?.judgements === judgements - 1)
      this.lastRunningLook = { ...this.unconfirmedJudgement, judgements };
    else if (this.lastRunningLook?.judgements !== judgements) this.lastRunningLook = undefined;
    if (look.isStanding) return this.judgeStanding(look);
    this.lastRunningLook = look;
    this.unconfirmedJudgement = undefined;
    this.undecidedSinceMs = undefined;
    const { redisMs, aheadMs, ownMs, answeredAt } = look;
    if (aheadMs === 0 || !before || Math.abs(redisMs - ownMs) > AGREE_MS) return undefined;
    const most = Math.floor((answeredAt - before.answeredAt) * RETURN_RATE);
    if (most === 0) {
      // Looks may follow each other so closely that each alone would bring back nothing.
      this.before = before;
      return undefined;
    }
    return aheadMs - Math.sign(aheadMs) * Math.min(Math.abs(aheadMs), most);
  }

  private judgeStanding(look: ClockLook): number | undefined {
    const { lastRunningLook } = this;
    if (!lastRunningLook) {
      this.undecidedSinceMs ??= look.answeredAt;
      if (look.answeredAt - this.undecidedSinceMs < NEWCOMER_WAIT_MS) return undefined;
    }
    this.unconfirmedJudgement = look;
    if (lastRunningLook) return look.aheadMs - jumpBetween(lastRunningLook, look);
    // Where nobody knows better all were away, and the time has gone by. It never goes back: whatever was
    // to be done next would wait for as long as Redis has gone back.
    return Math.max(look.aheadMs, look.dispatchMs - look.redisMs);
  }
}

/** By how much the clock of Redis has gone too far, ms; 0 where time has really gone by. */
function jumpBetween(before: ClockLook, look: ClockLook): number {
  const gone = look.redisMs - before.redisMs;
  const tookMs = look.answeredAt - look.askedAt + TOLERANCE_MS;
  const least = look.askedAt - before.answeredAt;
  const most = look.answeredAt - before.askedAt;
  // Also where the own clock was set back with it: both may have one machine.
  if (gone < least - TOLERANCE_MS) return Math.round(gone - least);
  // The machine of this instance was asleep: its own clock knows, that of `performance` does not.
  if (Math.abs(gone - (look.ownMs - before.ownMs)) <= tookMs) return 0;
  return gone > most + TOLERANCE_MS ? Math.round(gone - most) : 0;
}
