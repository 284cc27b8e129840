import { describe, expect, it } from 'vitest';
import { readIdempotencyKey } from './idempotency-key.js';

describe('an idempotency key', () => {
  it.each(['abc', '"abc"', ' "abc" ', '\tabc'])('[TRIP10] %j is the key abc', (raw) => {
    expect(readIdempotencyKey(raw)).toBe('abc');
  });

  it.each([
    '',
    '""',
    ' ',
    '" abc"',
    '"abc',
    'abc"',
    '""abc""',
    'a b',
    '"a", "b"',
    'abc;q=1',
    'ключ',
    'x'.repeat(65),
    `"${'x'.repeat(65)}"`,
    ['abc', 'abc'],
    7,
    null,
    undefined,
  ])('[TRIP10] %j is none', (raw) => {
    expect(readIdempotencyKey(raw)).toBeUndefined();
  });

  it('[TRIP10] has at most 64 characters without its quotes', () => {
    const key = 'x'.repeat(64);
    expect(readIdempotencyKey(`"${key}"`)).toBe(key);
  });
});
