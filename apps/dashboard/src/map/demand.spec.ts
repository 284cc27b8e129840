import { expect, test } from 'vitest';
import { type DemandCell, type DemandMap } from '#libs/contracts/browser';
import { balanceOf, cellAround, factorText } from './demand.js';

const DEGREES = 360 / 32_768;

function cell(fields: Partial<DemandCell>): DemandCell {
  return {
    lat: 0,
    lng: 0,
    drivers: 0,
    free: 0,
    waiting: 0,
    surgeBasisPoints: 10_000,
    surgeEndsAt: null,
    ...fields,
  };
}

test('[MAP2] a cell is short when more wait than are free, even when all can be served, else plenty', () => {
  expect(balanceOf(cell({ free: 1, waiting: 2 }))).toBe('short');
  expect(balanceOf(cell({ free: 2, waiting: 2 }))).toBe('even');
  expect(balanceOf(cell({ free: 2 }))).toBe('plenty');
  expect(balanceOf(cell({ drivers: 3 }))).toBeUndefined();
});

test('[MAP2] the cell around a place is the one of the server, or an empty one of the same grid', () => {
  const center = { lat: (-3_180 + 0.5) * DEGREES, lng: (-5_120 + 0.5) * DEGREES };
  const known = cell({ ...center, free: 4 });
  const map: DemandMap = { at: 1, cellDegrees: DEGREES, cells: [known], isComplete: true };
  const inside = { lat: center.lat + DEGREES * 0.49, lng: center.lng - DEGREES * 0.49 };
  expect(cellAround(inside, map)).toBe(known);
  const north = cellAround({ lat: center.lat + DEGREES, lng: center.lng }, map);
  expect(north).toMatchObject({ free: 0, surgeEndsAt: null });
  expect(north.lat).toBeCloseTo(center.lat + DEGREES, 9);
});

test('[MAP2] a surge is said as a factor', () => {
  expect([10_000, 15_000, 12_500, 30_000].map(factorText)).toEqual(['1×', '1.5×', '1.25×', '3×']);
});
