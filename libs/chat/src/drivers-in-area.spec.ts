import { describe, expect, it } from 'vitest';
import { isWithin } from './drivers-in-area.js';

/** Like the letter U, one degree thick. */
const U = [
  [0, 0],
  [0, 3],
  [3, 3],
  [3, 2],
  [1, 2],
  [1, 1],
  [3, 1],
  [3, 0],
].map(([lat = 0, lng = 0]) => ({ lat, lng }));

describe(isWithin.name, () => {
  it.each([
    [0.5, 0.5, true],
    [2.5, 0.5, true],
    [2.5, 2.5, true],
    [2, 1.5, false],
    [0.5, 1.5, true],
    [-0.1, 1, false],
    [3.1, 0.5, false],
    [1.5, -0.5, false],
    [1.5, 3.5, false],
  ])('[BCAST1] a place at %d, %d: %s', (lat, lng, isInside) => {
    expect(isWithin(U, { lat, lng })).toBe(isInside);
    expect(isWithin(U.toReversed(), { lat, lng })).toBe(isInside);
  });
});
