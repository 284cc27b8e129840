import { describe, expect, it } from 'vitest';
import { believedWay, lengthOf, settleWay, type WayPoint } from './driven-way.js';

const MOVEMENT = { maxSpeedMps: 70, jumpSlackMeters: 300 };
const METERS_PER_DEGREE = 111_195;

/** A point so far north, so many seconds into the ride. */
function at(meters: number, seconds: number): WayPoint {
  return { lat: 41 + meters / METERS_PER_DEGREE, lng: 12, timestamp: seconds * 1_000 };
}

function metersOf(fixes: WayPoint[], from: WayPoint | null = null): number {
  return Math.round(lengthOf(believedWay(fixes, from, MOVEMENT)));
}

describe('the way of a ride', () => {
  const drive = Array.from({ length: 20 }, (_, i) => at(i * 40, i * 4));

  it('[DISP8] is as long as what lies between its fixes', () => {
    expect(metersOf(drive)).toBe(19 * 40);
    expect(metersOf([])).toBe(0);
    expect(metersOf([drive[0]!])).toBe(0);
  });

  it.each([
    ['in the middle', 10.5 * 4],
    ['before all others', -1],
    ['after all others', 100],
  ])('[DISP8] has no fix that no driver can have been at, %s', (_, seconds) => {
    const wrong = [at(300_000, seconds), at(300_010, seconds + 0.5)];
    for (const some of [wrong.slice(0, 1), wrong]) {
      const fixes = [...drive, ...some].toSorted((a, b) => a.timestamp - b.timestamp);
      expect(metersOf(fixes)).toBe(19 * 40);
    }
  });

  it('[DISP8] goes on where three fixes agree that the driver is, e.g. after a tunnel', () => {
    const after = [at(5_000, 80), at(5_040, 84), at(5_080, 88)];
    expect(metersOf([...drive, ...after.slice(0, 2)])).toBe(760);
    expect(metersOf([...drive, ...after])).toBe(5_080);
  });

  it('[DISP8] is the same when its older half is settled', () => {
    const long = Array.from({ length: 60 }, (_, i) => at(i * 40, i * 4));
    let settled = settleWay(null, long.slice(0, 10), 10);
    expect(settled).toBeNull();
    for (let until = 11; until <= long.length; until += 1) {
      const from = settled?.last ?? null;
      const open = long
        .slice(0, until)
        .filter(({ timestamp }) => !from || timestamp > from.timestamp);
      const way = believedWay(open, from, MOVEMENT);
      expect((settled?.meters ?? 0) + lengthOf(way)).toBeCloseTo((until - 1) * 40, 1);
      settled = settleWay(settled, way, 10);
      const kept = long.slice(0, until).filter((fix) => fix.timestamp > settled!.last.timestamp);
      expect(kept.length).toBeLessThanOrEqual(10);
      expect(kept.length).toBeGreaterThanOrEqual(4);
    }
  });
});
