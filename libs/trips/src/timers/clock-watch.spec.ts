import { describe, expect, it } from 'vitest';
import { ClockWatch, type ClockLook } from './clock-watch.js';

const HOUR_MS = 3_600_000;
const START_MS = 1_790_000_000_000;

/** Looks of one instance, a command of 2 ms each, on a Redis whose clock is off by so much. */
class Looks {
  readonly watch = new ClockWatch();
  private elapsedMs = 0;
  private ownStepMs = 0;
  private stoppedAtMs = START_MS;
  aheadMs = 0;
  steps = 0;
  judgements = 0;

  after(
    ms: number,
    look: { offMs?: number; isStanding?: boolean; isLost?: boolean } = {},
  ): number | undefined {
    this.elapsedMs += ms;
    const at = this.elapsedMs;
    const redisMs = START_MS + at + (look.offMs ?? 0);
    if (look.isStanding !== true) this.stoppedAtMs = redisMs + this.aheadMs;
    const seen: ClockLook = {
      redisMs,
      dispatchMs: this.stoppedAtMs,
      aheadMs: this.aheadMs,
      steps: this.steps,
      judgements: this.judgements,
      isStanding: look.isStanding ?? false,
      askedAt: at - 1,
      answeredAt: at + 1,
      ownMs: START_MS + at + 1 + this.ownStepMs,
    };
    const judged = this.watch.judge(seen);
    if (judged !== undefined && look.isLost !== true) {
      this.aheadMs = judged;
      this.steps += 1;
      if (seen.isStanding) this.judgements += 1;
    }
    return judged;
  }

  stepOwnClock(ms: number): void {
    this.ownStepMs += ms;
  }
}

describe('the watch over the clock of Redis', () => {
  it('[TRIP28] a clock that goes on leaves all as it is, also after a time without Redis', () => {
    const looks = new Looks();
    expect(looks.after(1_000)).toBeUndefined();
    expect(looks.after(1_000)).toBeUndefined();
    expect(looks.after(90_000, { isStanding: true })).toBe(0);
  });

  it.each([HOUR_MS, -HOUR_MS])('[TRIP28] a jump by %d ms is taken out, once', (offMs) => {
    const looks = new Looks();
    looks.after(1_000);
    const aheadMs = looks.after(1_000, { offMs, isStanding: true })!;
    expect(Math.abs(aheadMs + offMs)).toBeLessThan(10);
    expect(looks.after(1_000, { offMs })).toBeUndefined();
    expect(looks.after(1_000, { offMs })).toBeUndefined();
    const back = looks.after(1_000, { isStanding: true });
    // Another instance has not changed it since, so that it is known what has happened.
    expect(Math.abs(back!)).toBeLessThan(10);
  });

  it('[TRIP28] one that begins leaves the judgement to others; where nobody knows better all were away', () => {
    const looks = new Looks();
    for (let i = 0; i < 5; i += 1)
      expect(looks.after(1_000, { offMs: HOUR_MS, isStanding: true })).toBeUndefined();
    expect(looks.after(1_000, { offMs: HOUR_MS, isStanding: true })).toBe(0);
  });

  it('[TRIP28] where nobody knows better and Redis has gone back, the clock of trips goes on from where it stood', () => {
    const looks = new Looks();
    const wait = { offMs: -HOUR_MS, isStanding: true };
    for (let i = 0; i < 5; i += 1) expect(looks.after(1_000, wait)).toBeUndefined();
    const aheadMs = looks.after(1_000, wait)!;
    expect(aheadMs).toBe(HOUR_MS - 6_000);
  });

  it('[TRIP28] a jump is taken out that comes right after a step of the clock that comes back', () => {
    const looks = new Looks();
    looks.aheadMs = 300;
    looks.after(1_000);
    expect(looks.after(1_000)).toBe(250);
    const aheadMs = looks.after(1_000, { offMs: -HOUR_MS, isStanding: true });
    expect(Math.abs(aheadMs! - HOUR_MS - 250)).toBeLessThan(10);
  });

  it('[TRIP28] two jumps in a row, and one whose judgement was not written, are taken out', () => {
    const looks = new Looks();
    looks.after(1_000);
    looks.after(1_000, { offMs: HOUR_MS, isStanding: true });
    const twice = looks.after(1_000, { offMs: -HOUR_MS, isStanding: true, isLost: true })!;
    expect(Math.abs(twice - HOUR_MS)).toBeLessThan(10);
    const again = looks.after(1_000, { offMs: -HOUR_MS, isStanding: true })!;
    expect(Math.abs(again - HOUR_MS)).toBeLessThan(10);
    const back = looks.after(1_000, { isStanding: true })!;
    expect(Math.abs(back)).toBeLessThan(10);
  });

  it('[TRIP28] time in which the machine slept has gone by', () => {
    const looks = new Looks();
    looks.after(1_000);
    looks.stepOwnClock(HOUR_MS);
    expect(looks.after(1_000, { offMs: HOUR_MS, isStanding: true })).toBe(0);
  });

  it('[TRIP28] the clock of a machine that has both is set back: that is a jump, and no sleep', () => {
    const looks = new Looks();
    looks.after(1_000);
    looks.stepOwnClock(-HOUR_MS);
    const aheadMs = looks.after(1_000, { offMs: -HOUR_MS, isStanding: true })!;
    expect(Math.abs(aheadMs - HOUR_MS)).toBeLessThan(10);
  });

  it('[TRIP28] once Redis agrees with the instance again, the clock of trips comes back slowly', () => {
    const looks = new Looks();
    looks.aheadMs = 300;
    looks.after(1_000);
    expect(looks.after(1_000)).toBe(250);
    let aheadMs: number | undefined = 250;
    for (let i = 0; i < 40; i += 1) aheadMs = looks.after(1_000) ?? aheadMs;
    expect(aheadMs).toBe(0);
    expect(looks.after(1_000)).toBeUndefined();
    expect(looks.after(1_000)).toBeUndefined();
  });

  it('[TRIP28] it comes back as fast where looks are a millisecond apart', () => {
    const looks = new Looks();
    looks.aheadMs = 300;
    for (let i = 0; i <= 1_000; i += 1) looks.after(1);
    expect(looks.aheadMs).toBeGreaterThanOrEqual(250);
    expect(looks.aheadMs).toBeLessThan(255);
  });
});
