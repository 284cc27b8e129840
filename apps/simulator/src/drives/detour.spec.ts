import { expect, test } from 'vitest';
import { Detour } from './detour.js';
import { type FixSource, type MeasuredFix } from './fix-source.js';
import { distanceMeters, moved, type Point } from './geography.js';

const START: Point = { lat: 41.9, lng: 12.5 };
const SPEED_MPS = 15;

/** Goes east at 10 m/s, a fix every 5 s. */
class Eastward implements FixSource {
  private count = -1;
  next(): MeasuredFix {
    this.count += 1;
    return { timestamp: this.count * 5_000, ...moved(START, 90, this.count * 50) };
  }
}

function take(source: FixSource, count: number): MeasuredFix[] {
  return Array.from({ length: count }, () => source.next());
}

test('a car that nobody sends anywhere follows its free drive', () => {
  expect(take(new Detour(new Eastward()), 20)).toEqual(take(new Eastward(), 20));
});

test('a car that is sent somewhere is there when it said, and waits', () => {
  const detour = new Detour(new Eastward());
  const [, last] = take(detour, 2);
  const target = moved(last!, 0, 400);
  const durationMs = detour.driveTo(target, SPEED_MPS, 6_000, last);
  const fixes = take(detour, durationMs / 2_000 + 2);
  expect(fixes.find((fix) => distanceMeters(fix, target) < 0.1)?.timestamp).toBe(
    6_000 + durationMs,
  );
  expect(distanceMeters(fixes.at(-1)!, target)).toBeLessThan(0.1);
});

test('no fix of an errand and of the way back is a jump, and the clock goes on', () => {
  const detour = new Detour(new Eastward());
  const driven = take(detour, 2);
  detour.driveTo(moved(START, 0, 500), SPEED_MPS, 6_000, driven[1]);
  driven.push(...take(detour, 20));
  detour.letGo(driven.at(-1)!.timestamp);
  driven.push(...take(detour, 100));
  for (const [i, fix] of driven.entries()) {
    if (i === 0) continue;
    const seconds = (fix.timestamp - driven[i - 1]!.timestamp) / 1_000;
    expect(seconds).toBeGreaterThan(0);
    expect(distanceMeters(driven[i - 1]!, fix)).toBeLessThanOrEqual(20 * Math.max(2, seconds) + 51);
  }
  const { timestamp, lat, lng } = driven.at(-1)!;
  expect(distanceMeters({ lat, lng }, moved(START, 90, timestamp / 100))).toBeLessThan(1);
});
