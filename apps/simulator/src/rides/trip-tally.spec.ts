import { expect, it } from 'vitest';
import { TripTally } from './trip-tally.js';

it('[DEMO1] trips of visitors do not change which ends simulated passengers have not heard of', () => {
  const tally = new TripTally();
  tally.request('simulated');
  tally.dropOff('of a visitor');
  expect(tally.unheardEnds).toBe(0);
  tally.dropOff('simulated');
  expect(tally.unheardEnds).toBe(1);
  // Driven by a visitor: no simulated driver has completed it.
  tally.request('of a visiting driver');
  tally.end('of a visiting driver');
  expect(tally.unheardEnds).toBe(1);
  tally.end('simulated');
  expect(tally.unheardEnds).toBe(0);
});
