import { describe, expect, it } from 'vitest';
import { outcomeOf, retryDelayMs } from './webhook-attempt.js';

describe(outcomeOf.name, () => {
  const kinds = (...statuses: number[]) => statuses.map((status) => outcomeOf(status, null).kind);

  it('[EXPORT4] only a status from 200 to 299 delivers', () => {
    expect(kinds(200, 202, 204, 299)).toEqual(Array.from({ length: 4 }, () => 'delivered'));
  });

  it('[EXPORT4] a status that judges the fact is final, all others are tried again', () => {
    expect(kinds(400, 410, 413, 415, 422)).toEqual(Array.from({ length: 5 }, () => 'refused'));
    const open = [301, 307, 304, 401, 403, 404, 405, 408, 409, 425, 429, 500, 502, 503, 504];
    expect(kinds(...open)).toEqual(open.map(() => 'failed'));
  });

  it('[EXPORT4] Retry-After counts in seconds; anything else in it does not', () => {
    expect(outcomeOf(429, '7')).toEqual({
      kind: 'failed',
      reason: 'HTTP 429',
      retryAfterMs: 7_000,
    });
    for (const text of ['0', '-1', 'soon', 'Wed, 21 Oct 2026 07:28:00 GMT', '99999999999']) {
      expect(outcomeOf(503, text)).toEqual({ kind: 'failed', reason: 'HTTP 503' });
    }
  });
});

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
