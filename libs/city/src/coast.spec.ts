import { expect, test } from 'vitest';
import { clipped } from './coast.js';

test('[CITY3] the land within a box is what both have, and its ring is closed', () => {
  const square: [number, number][] = [
    [0, 0],
    [4, 0],
    [4, 4],
    [0, 4],
  ];
  const part = clipped(square, [2, 1, 9, 9]);
  expect(part[0]).toEqual(part.at(-1));
  expect(new Set(part.map(String))).toEqual(new Set(['2,1', '4,1', '4,4', '2,4']));
  expect(clipped(square, [5, 5, 9, 9])).toEqual([]);
});
