import { expect, test } from 'vitest';
import { FIX_INTERVAL_MS, GeneratedDriver } from './generated-driver.js';
import { distanceMeters, turnDegrees } from './geography.js';

/** Park and Miller's generator: the same drive in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

test.each([1, 2, 3, 4, 5])('an hour of generated drive %i is one that a car can make', (seed) => {
  const driver = new GeneratedDriver(1_000_000, seeded(seed * 7_919));
  const fixes = Array.from({ length: 1_200 }, () => driver.next());
  let stops = 0;
  let corners = 0;
  let meters = 0;
  fixes.slice(1).forEach((fix, i) => {
    const before = fixes[i]!;
    const moved = distanceMeters(before, fix);
    meters += moved;
    expect(fix.timestamp - before.timestamp).toBe(FIX_INTERVAL_MS);
    expect(moved / (FIX_INTERVAL_MS / 1_000)).toBeLessThan(20);
    expect(fix.heading).toBeGreaterThanOrEqual(0);
    expect(fix.heading).toBeLessThan(360);
    expect(fix.accuracy).toBeGreaterThan(0);
    if (fix.speed === 0) stops += 1;
    if (Math.abs(turnDegrees(before.heading!, fix.heading!)) > 30) corners += 1;
  });
  expect(stops).toBeGreaterThan(10);
  expect(corners).toBeGreaterThan(10);
  expect(meters).toBeGreaterThan(10_000);
  expect(distanceMeters({ lat: 41.9028, lng: 12.4964 }, fixes.at(-1)!)).toBeLessThan(8_000);
});
