import { expect, test } from 'vitest';
import { faultsOf, type Heard } from './trip-witness.js';

const heard = (...events: [event: string, version: number][]): Heard[] =>
  events.map(([event, version]) => ({ event, version }));

test('numbers may be left out, as some events are not for everybody', () => {
  expect(faultsOf(['a', 'b', 'c'], heard(['a', 1], ['b', 2], ['c', 7]))).toEqual([]);
});

test('what is missing, too much or twice is named', () => {
  expect(faultsOf(['a', 'b'], heard(['a', 1]))).toEqual(['b is missing']);
  expect(faultsOf(['a'], heard(['a', 1], ['x', 2]))).toEqual(['x should not have come']);
  expect(faultsOf(['a', 'b'], heard(['a', 1], ['b', 2], ['b', 3]))).toEqual([
    'b came 2 times, not 1',
  ]);
  expect(faultsOf(['a', 'b', 'a'], heard(['a', 1], ['b', 2], ['a', 3]))).toEqual([]);
});

test('a wrong order is named, and a number that does not rise', () => {
  expect(faultsOf(['a', 'b'], heard(['b', 1], ['a', 2]))).toEqual(['the order is b, a']);
  expect(faultsOf(['a', 'b'], heard(['a', 2], ['b', 2]))).toEqual([
    'version 2 does not follow the one before it',
  ]);
});
