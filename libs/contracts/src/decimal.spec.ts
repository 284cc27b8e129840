import { expect, it } from 'vitest';
import { parseDecimal } from './decimal.js';

it.each([
  [40.7, 40.7],
  ['40.7', 40.7],
  [' -73.9\n', -73.9],
  ['+12', 12],
  ['12.', 12],
  ['.5', 0.5],
  ['1e-7', 1e-7],
  [0, 0],
  ['0', 0],
])('[LOC3] %j is the number %d', (value, number) => {
  expect(parseDecimal(value)).toBe(number);
});

it.each([
  [''],
  [' '],
  ['40,7'],
  ['1,234.5'],
  ['4 0'],
  ['NaN'],
  ['Infinity'],
  ['0x29'],
  ['0b1'],
  ['1_000'],
  ['.'],
  ['e5'],
  ['1e999'],
  ['12°'],
  ['٤٠'],
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  [null],
  [undefined],
  [true],
  [[1]],
  [{}],
  [1n],
])('[LOC3] %o is no number', (value) => {
  expect(parseDecimal(value)).toBeUndefined();
});
