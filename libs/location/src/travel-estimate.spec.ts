import { describe, expect, it } from 'vitest';
import { distanceMeters } from './geodesy.js';
import { estimateEtaMs, estimateTravel } from './travel-estimate.js';

const MINUTE_MS = 60_000;
const colosseum = { lat: 41.8902, lng: 12.4922 };
const termini = { lat: 41.901, lng: 12.5018 };
const vatican = { lat: 41.9022, lng: 12.4539 };

describe('what travel is taken to be', () => {
  const assumptions = { detourPercent: 130, assumedSpeedKmh: 28 };

  it('[FARE6] The legs of a path add up, are made longer by the detour and driven at the assumed speed', () => {
    const straight = distanceMeters(colosseum, termini) + distanceMeters(termini, vatican);
    const travel = estimateTravel([colosseum, termini, vatican], assumptions);
    expect(travel.distanceMeters).toBe(Math.round(straight * 1.3));
    expect(travel.durationMs).toBe(Math.round((straight * 1.3 * 3_600) / 28));
  });

  it('[FARE6] A path without a leg is no way at all', () => {
    const nowhere = { distanceMeters: 0, durationMs: 0 };
    for (const path of [[], [colosseum], [colosseum, colosseum]]) {
      expect(estimateTravel(path, assumptions)).toEqual(nowhere);
    }
  });

  it('[FARE6] A path across the antimeridian is as short as it is', () => {
    const path = [
      { lat: 0, lng: 179.99 },
      { lat: 0, lng: -179.99 },
    ];
    expect(estimateTravel(path, { detourPercent: 100, assumedSpeedKmh: 36 })).toEqual({
      distanceMeters: 2_224,
      durationMs: 222_390,
    });
  });

  it('[FARE6] An arrival lies 1 to 90 minutes ahead', () => {
    expect(estimateEtaMs(2_800, 28)).toBe(6 * MINUTE_MS);
    expect(estimateEtaMs(1_000, 28)).toBe(128_571);
    for (const near of [0, 1, 466]) expect(estimateEtaMs(near, 28)).toBe(MINUTE_MS);
    expect(estimateEtaMs(467, 28)).toBeGreaterThan(MINUTE_MS);
    expect(estimateEtaMs(41_999, 28)).toBeLessThan(90 * MINUTE_MS);
    for (const far of [42_000, 20_000_000]) expect(estimateEtaMs(far, 28)).toBe(90 * MINUTE_MS);
  });
});
