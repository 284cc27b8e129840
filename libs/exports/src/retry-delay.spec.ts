import { describe, expect, it } from 'vitest';
import { retryDelayMs } from './retry-delay.js';

describe(retryDelayMs.name, () => {
  const schedule = { retryDelayMs: 5_000, retryMaxDelayMs: 3_600_000 };
  const longest = (attempt: number, askedMs = 0) =>
    retryDelayMs(schedule, attempt, askedMs, () => 1);
  const shortest = (attempt: number, askedMs = 0) =>
    retryDelayMs(schedule, attempt, askedMs, () => 0);

  it('[EXPORT4] each wait is four times the one before, up to the most', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((attempt) => longest(attempt) / 1_000)).toEqual([
      5, 20, 80, 320, 1_280, 3_600, 3_600,
    ]);
    expect(longest(1_000)).toBe(3_600_000);
  });

  it('[EXPORT4] a random half to all of it is waited', () => {
    expect([1, 2].map((attempt) => shortest(attempt))).toEqual([2_500, 10_000]);
  });

  it('[EXPORT4] what the receiver asks for is heeded, up to the most', () => {
    expect(shortest(1, 60_000)).toBe(60_000);
    expect(shortest(3, 1_000)).toBe(40_000);
    expect(shortest(1, 999_999_000)).toBe(3_600_000);
  });
});
