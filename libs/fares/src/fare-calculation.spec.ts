import { describe, expect, it } from 'vitest';
import { type FareBreakdown } from '#libs/contracts';
import { seededRandom } from '#libs/testing';
import {
  estimateFare,
  finalFare,
  type CompletedRide,
  type FarePolicy,
} from './fare-calculation.js';

const MINUTE_MS = 60_000;
const policy: FarePolicy = {
  currency: 'EUR',
  base: 250,
  perKm: 120,
  perMinute: 30,
  minimum: 500,
  waitingFreeMs: 3 * MINUTE_MS,
  waitingPerMinute: 30,
};
const ride: CompletedRide = {
  distanceMeters: 5_000,
  durationMs: 10 * MINUTE_MS,
  surgeBasisPoints: 10_000,
  waitingMs: 0,
  extraFees: 0,
};

function sumOfLines(fare: FareBreakdown): number {
  const { base, distance, time, surge, waiting, extra, minimumTopUp } = fare;
  return base + distance + time + surge + waiting + extra + minimumTopUp;
}

describe('the fare of a ride', () => {
  it('[FARE1] An estimate has a line for base, distance and time', () => {
    expect(estimateFare(policy, ride)).toEqual({
      currency: 'EUR',
      base: 250,
      distance: 600,
      time: 300,
      surge: 0,
      waiting: 0,
      extra: 0,
      minimumTopUp: 0,
      total: 1_150,
      surgeBasisPoints: 10_000,
      distanceMeters: 5_000,
      durationMs: 600_000,
    });
  });

  it('[FARE1] A final fare also has surge, waiting and extra fees', () => {
    const driven = {
      ...ride,
      surgeBasisPoints: 15_000,
      waitingMs: 5 * MINUTE_MS,
      extraFees: 270,
    };
    expect(finalFare(policy, driven)).toMatchObject({
      base: 250,
      distance: 600,
      time: 300,
      surge: 575,
      waiting: 60,
      extra: 270,
      minimumTopUp: 0,
      total: 2_055,
    });
  });

  it('[FARE1] A final fare of what was expected, without waiting and fees, is the estimate', () => {
    expect(finalFare(policy, ride)).toEqual(estimateFare(policy, ride));
  });

  it('[FARE1] A ride of nothing costs the base when there is no minimum', () => {
    const nothing = { distanceMeters: 0, durationMs: 0, surgeBasisPoints: 10_000 };
    expect(estimateFare({ ...policy, minimum: 0 }, nothing)).toMatchObject({
      distance: 0,
      time: 0,
      minimumTopUp: 0,
      total: 250,
    });
  });

  it('[FARE1] Each line is rounded half up by itself', () => {
    // 120 a kilometre: 4 m are 0.48, 5 m are 0.6, 12.5 m would be 1.5.
    const distances = [
      [4, 0],
      [5, 1],
      [12, 1],
      [13, 2],
    ];
    for (const [distanceMeters, distance] of distances) {
      expect(finalFare(policy, { ...ride, distanceMeters: distanceMeters! })).toMatchObject({
        distance,
      });
    }
    // 30 a minute: a second is exactly half a cent.
    const durations = [
      [999, 0],
      [1_000, 1],
      [2_999, 1],
      [3_000, 2],
    ];
    for (const [durationMs, time] of durations) {
      expect(finalFare(policy, { ...ride, durationMs: durationMs! })).toMatchObject({ time });
    }
    // 1,150 cents: 100 basis points are 11.5, 99 are 11.385.
    const surges = [
      [10_099, 11],
      [10_100, 12],
    ];
    for (const [surgeBasisPoints, surge] of surges) {
      expect(finalFare(policy, { ...ride, surgeBasisPoints: surgeBasisPoints! })).toMatchObject({
        surge,
      });
    }
  });

  it('[FARE1] Rounding is exact where floating point is not', () => {
    const price = { ...policy, perKm: 999_999_999 };
    const distanceMeters = 123_457_501;
    // Exactly 123,457,500,876,542.499, which a division of numbers makes a half of.
    const distance = 123_457_500_876_542;
    expect(Math.round((price.perKm * distanceMeters) / 1_000)).toBe(distance + 1);
    expect(finalFare(price, { ...ride, distanceMeters })).toMatchObject({ distance });
  });

  it('[FARE1] Measured values are charged as the whole units that the breakdown names', () => {
    const measured = { ...ride, distanceMeters: 4_999.5, durationMs: 600_000.4 };
    expect(finalFare(policy, measured)).toMatchObject({
      distanceMeters: 5_000,
      durationMs: 600_000,
      distance: 600,
      time: 300,
    });
  });

  it('[FARE2] The minimum holds for base, distance, time and surge together', () => {
    const short = { ...ride, distanceMeters: 1_000, durationMs: 2 * MINUTE_MS };
    expect(finalFare(policy, short)).toMatchObject({ minimumTopUp: 70, total: 500 });
    const surged = { ...short, surgeBasisPoints: 11_000 };
    expect(finalFare(policy, surged)).toMatchObject({ surge: 43, minimumTopUp: 27, total: 500 });
    const dear = { ...short, surgeBasisPoints: 20_000 };
    expect(finalFare(policy, dear)).toMatchObject({ minimumTopUp: 0, total: 860 });
    const exact = { ...short, durationMs: 260_000 };
    expect(finalFare(policy, exact)).toMatchObject({ time: 130, minimumTopUp: 0, total: 500 });
  });

  it('[FARE2] Waiting and extra fees come on top of the minimum and are not surged', () => {
    const driven = {
      ...ride,
      distanceMeters: 0,
      durationMs: 0,
      surgeBasisPoints: 20_000,
      waitingMs: 4 * MINUTE_MS,
      extraFees: 100,
    };
    expect(finalFare({ ...policy, minimum: 600 }, driven)).toMatchObject({
      surge: 250,
      minimumTopUp: 100,
      waiting: 30,
      extra: 100,
      total: 730,
    });
  });

  it('[FARE1] The lines add up to the total, all whole, and more of anything is never cheaper', () => {
    const random = seededRandom(20_260);
    const upTo = (limit: number) => Math.floor(random() * (limit + 1));
    for (let i = 0; i < 2_000; i += 1) {
      const prices: FarePolicy = {
        currency: 'EUR',
        base: upTo(1_000),
        perKm: upTo(500),
        perMinute: upTo(200),
        minimum: upTo(2_000),
        waitingFreeMs: upTo(10 * MINUTE_MS),
        waitingPerMinute: upTo(200),
      };
      const some: CompletedRide = {
        distanceMeters: random() * 100_000,
        durationMs: random() * 10_000_000,
        surgeBasisPoints: 10_000 + upTo(20_000),
        waitingMs: upTo(30 * MINUTE_MS),
        extraFees: upTo(5_000),
      };
      const fare = finalFare(prices, some);
      const { currency, ...numbers } = fare;
      expect(currency).toBe('EUR');
      expect(Object.values(numbers).every((value) => Number.isSafeInteger(value))).toBe(true);
      expect(Math.min(...Object.values(numbers))).toBeGreaterThanOrEqual(0);
      expect(sumOfLines(fare)).toBe(fare.total);
      const { base, distance, time, surge, minimumTopUp } = fare;
      expect(base + distance + time + surge + minimumTopUp).toBeGreaterThanOrEqual(prices.minimum);
      for (const part of Object.keys(some) as (keyof CompletedRide)[]) {
        const more = finalFare(prices, { ...some, [part]: some[part] + 1 + upTo(1_000) });
        expect(more.total).toBeGreaterThanOrEqual(fare.total);
      }
    }
  });

  it('[FARE5] Numbers that no ride has give no fare', () => {
    const broken = [Number.NaN, -1, -0.4, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2e16];
    for (const part of Object.keys(ride) as (keyof CompletedRide)[]) {
      for (const value of broken) {
        expect(() => finalFare(policy, { ...ride, [part]: value }), `${part} ${value}`).toThrow(
          RangeError,
        );
      }
    }
    for (const surgeBasisPoints of [0, 9_999, 10_000.5]) {
      expect(() => estimateFare(policy, { ...ride, surgeBasisPoints })).toThrow(RangeError);
    }
    expect(() => finalFare(policy, { ...ride, extraFees: 0.5 })).toThrow(RangeError);
  });

  it('[FARE5] A fare that a number cannot hold exactly is none', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const huge: Partial<CompletedRide>[] = [
      { distanceMeters: most },
      { surgeBasisPoints: most },
      { extraFees: most },
    ];
    const dear = { ...policy, perKm: 1_000_000_000 };
    for (const part of huge) {
      expect(() => finalFare(dear, { ...ride, ...part })).toThrow(RangeError);
    }
  });
});
