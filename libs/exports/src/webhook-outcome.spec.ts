import { describe, expect, it } from 'vitest';
import { outcomeOf } from './webhook-outcome.js';

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
