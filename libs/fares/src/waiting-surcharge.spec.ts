import { describe, expect, it } from 'vitest';
import { finalFare, waitingAmount, waitingSurcharge, type FarePolicy } from './fare-calculation.js';

const MINUTE_MS = 60_000;
const FREE_MS = 3 * MINUTE_MS;
const ARRIVED_AT = Date.UTC(2026, 0, 5, 8, 30);
const policy: FarePolicy = {
  currency: 'EUR',
  base: 250,
  perKm: 120,
  perMinute: 30,
  minimum: 500,
  waitingFreeMs: FREE_MS,
  waitingPerMinute: 40,
};

describe('what waiting at the pickup costs', () => {
  it('[FARE3] It is free at first, then each minute is charged from its first millisecond', () => {
    const expected = [
      [0, 0],
      [FREE_MS, 0],
      [FREE_MS + 1, 40],
      [FREE_MS + MINUTE_MS, 40],
      [FREE_MS + MINUTE_MS + 1, 80],
      [FREE_MS + 10 * MINUTE_MS, 400],
    ];
    for (const [waitingMs, amount] of expected) {
      expect([waitingMs, waitingAmount(policy, waitingMs!)]).toEqual([waitingMs, amount]);
    }
  });

  it('[FARE3] The next step is the very millisecond at which the surcharge grows', () => {
    let now = ARRIVED_AT;
    for (let minutes = 0; minutes < 30; minutes += 1) {
      const { amount, chargedMinutes, nextWaitingStepAt } = waitingSurcharge(
        policy,
        ARRIVED_AT,
        now,
      );
      expect([amount, chargedMinutes]).toEqual([minutes * 40, minutes]);
      expect(nextWaitingStepAt).toBe(ARRIVED_AT + FREE_MS + minutes * MINUTE_MS + 1);
      const justBefore = waitingSurcharge(policy, ARRIVED_AT, nextWaitingStepAt! - 0.5);
      expect(justBefore).toEqual({ amount, chargedMinutes, nextWaitingStepAt });
      now = nextWaitingStepAt!;
    }
  });

  it('[FARE3] The final fare charges what was said last', () => {
    for (const waitingMs of [0, FREE_MS, FREE_MS + 1, 7 * MINUTE_MS, 7 * MINUTE_MS + 1]) {
      const said = waitingSurcharge(policy, ARRIVED_AT, ARRIVED_AT + waitingMs);
      const ride = { distanceMeters: 0, durationMs: 0, surgeBasisPoints: 10_000, extraFees: 0 };
      expect(finalFare(policy, { ...ride, waitingMs }).waiting).toBe(said.amount);
    }
  });

  it('[FARE3] Without a free period the first minute begins on arrival', () => {
    const strict = { ...policy, waitingFreeMs: 0 };
    expect(waitingSurcharge(strict, ARRIVED_AT, ARRIVED_AT)).toEqual({
      amount: 0,
      chargedMinutes: 0,
      nextWaitingStepAt: ARRIVED_AT + 1,
    });
    expect(waitingAmount(strict, 1)).toBe(40);
  });

  it('[FARE3] Where waiting costs nothing there is no next step', () => {
    const kind = { ...policy, waitingPerMinute: 0 };
    const late = ARRIVED_AT + 20 * MINUTE_MS;
    expect(waitingSurcharge(kind, ARRIVED_AT, late)).toMatchObject({
      amount: 0,
      nextWaitingStepAt: null,
    });
  });

  it('[FARE3] A clock that is behind the arrival has not waited', () => {
    expect(waitingSurcharge(policy, ARRIVED_AT, ARRIVED_AT - 5_000)).toEqual({
      amount: 0,
      chargedMinutes: 0,
      nextWaitingStepAt: ARRIVED_AT + FREE_MS + 1,
    });
  });

  it('[FARE5] Times that are no numbers, and amounts too large, give no surcharge', () => {
    for (const broken of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      expect(() => waitingAmount(policy, broken)).toThrow(RangeError);
      expect(() => waitingSurcharge(policy, broken, ARRIVED_AT)).toThrow(RangeError);
      expect(() => waitingSurcharge(policy, ARRIVED_AT, broken)).toThrow(RangeError);
    }
    const dear = { ...policy, waitingPerMinute: Number.MAX_SAFE_INTEGER };
    expect(() => waitingAmount(dear, FREE_MS + 2 * MINUTE_MS)).toThrow(RangeError);
  });
});
