import { Injectable } from '@nestjs/common';

/** Less than this is the time that a command takes, and no difference of clocks. */
const SLACK_MS = 5;

/**
 * The clock of Redis without its jumps (see `ClockWatch`), which all deadlines of trips are kept by: the
 * clocks of instances may be seconds apart or jump. It is learnt anew with each look for timers that are due.
 */
@Injectable()
export class TripClock {
  private aheadMs = 0;

  /** Epoch ms. */
  now(): number {
    return Date.now() + this.aheadMs;
  }

  /**
   * @param redisNow what Redis said, epoch ms
   * @param askedAt own clock before, epoch ms
   * @param answeredAt own clock after, epoch ms
   */
  learn(redisNow: number, askedAt: number, answeredAt: number): void {
    // The own clock has jumped meanwhile: the next look finds out.
    if (answeredAt < askedAt) return;
    const least = redisNow - answeredAt - SLACK_MS;
    const most = redisNow - askedAt + SLACK_MS;
    this.aheadMs = Math.min(Math.max(this.aheadMs, least), most);
  }
}
