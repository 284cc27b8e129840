import { afterEach, describe, expect, it, vi } from 'vitest';
import { TripClock } from './trip-clock.js';

describe('the clock of trips', () => {
  afterEach(() => vi.useRealTimers());

  function at(localMs: number): void {
    vi.useFakeTimers({ now: localMs });
  }

  it('[TRIP2] it follows Redis when the own clock is behind, ahead, or jumps', () => {
    const clock = new TripClock();
    at(1_000_000);
    clock.learn(1_007_000, 1_000_000, 1_000_000);
    expect(Math.abs(clock.now() - 1_007_000)).toBeLessThanOrEqual(5);
    // Set by an hour while Redis went on for a second.
    at(4_600_000);
    clock.learn(1_008_000, 4_600_000, 4_600_000);
    expect(Math.abs(clock.now() - 1_008_000)).toBeLessThanOrEqual(5);
    at(900_000);
    clock.learn(1_009_000, 900_000, 900_000);
    expect(Math.abs(clock.now() - 1_009_000)).toBeLessThanOrEqual(5);
  });

  it('[TRIP2] a slow answer, or a jump on the way, does not move it', () => {
    const clock = new TripClock();
    at(1_000_000);
    clock.learn(1_000_000, 1_000_000, 1_000_000);
    clock.learn(1_000_100, 1_000_000, 1_002_000);
    clock.learn(1_000_200, 1_002_000, 900_000);
    expect(clock.now()).toBe(1_000_000);
  });
});
