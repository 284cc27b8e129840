import { expect, test } from 'vitest';
import { type ViewportDriver, type ViewportFrame } from '#libs/contracts/browser';
import { CarLook, FleetInView, placeOf } from './fleet-in-view.js';

const AT = 1_000_000;

function driver(fields: Partial<ViewportDriver>): ViewportDriver {
  return {
    driverId: 'd1',
    lat: -34.9,
    lng: -56.2,
    timestamp: AT,
    ageMs: 0,
    quality: 'live',
    availabilityStatus: 'AVAILABLE',
    currentTripId: null,
    ...fields,
  };
}

function frame(fields: Partial<ViewportFrame>): ViewportFrame {
  return { at: AT, reset: false, total: 1, drivers: [], left: [], clusters: null, ...fields };
}

test('a car moves on the line between its fixes, reaches the newest and goes no further', () => {
  const fleet = new FleetInView();
  fleet.apply(frame({ drivers: [driver({})] }), 0);
  fleet.apply(frame({ drivers: [driver({ lat: -34.898, timestamp: AT + 2_000 })] }), 1_000);
  const car = fleet.cars.get('d1')!;
  const lats = [1_000, 1_500, 2_000, 3_000, 60_000].map((now) => placeOf(car, now).lat);
  expect(lats[0]).toBe(-34.9);
  expect(lats[2]).toBeCloseTo(-34.899);
  expect(lats[3]).toBe(-34.898);
  expect(lats[4]).toBe(-34.898);
  expect(lats).toEqual(lats.toSorted((a, b) => a - b));
  expect(fleet.isMoving(2_999)).toBe(true);
  expect(fleet.isMoving(3_000)).toBe(false);
});

test('a car that was far away is put where it is, and an older fix moves nothing', () => {
  const fleet = new FleetInView();
  fleet.apply(frame({ drivers: [driver({})] }), 0);
  fleet.apply(frame({ drivers: [driver({ lat: -34.8, timestamp: AT + 3_000 })] }), 100);
  expect(placeOf(fleet.cars.get('d1')!, 100).lat).toBe(-34.8);
  fleet.apply(
    frame({ drivers: [driver({ lat: -34.8, quality: 'stale', timestamp: AT + 3_000 })] }),
    200,
  );
  expect(placeOf(fleet.cars.get('d1')!, 200).lat).toBe(-34.8);
  expect(fleet.cars.get('d1')!.look).toBe(CarLook.stale);
});

test('who left is not shown, a reset replaces everybody, and clusters replace single cars', () => {
  const fleet = new FleetInView();
  fleet.apply(frame({ drivers: [driver({}), driver({ driverId: 'd2' })] }), 0);
  fleet.apply(frame({ left: ['d1'] }), 1);
  expect([...fleet.cars.keys()]).toEqual(['d2']);
  fleet.apply(frame({ reset: true, drivers: [driver({ driverId: 'd3' })] }), 2);
  expect([...fleet.cars.keys()]).toEqual(['d3']);
  fleet.apply(frame({ reset: true, clusters: [{ lat: 0, lng: 0, count: 9 }], total: 9 }), 3);
  expect(fleet.cars.size).toBe(0);
  expect(fleet.clusters).toHaveLength(1);
});

test('cars stay while the parts of a new picture come, and who is in none of them is gone with the last', () => {
  const fleet = new FleetInView();
  const [d1, d2, d3] = ['d1', 'd2', 'd3'].map((driverId) => driver({ driverId }));
  fleet.apply(frame({ reset: true, total: 2, drivers: [d1!, d2!] }), 0);
  fleet.apply(frame({ reset: true, total: 2, drivers: [d2!] }), 1);
  expect([...fleet.cars.keys()]).toEqual(['d1', 'd2']);
  fleet.apply(frame({ total: 2, drivers: [d3!] }), 2);
  expect([...fleet.cars.keys()]).toEqual(['d2', 'd3']);
});

test('[PAGE36] for those who want no motion a car is at its newest place at once', () => {
  const fleet = new FleetInView(() => true);
  fleet.apply(frame({ drivers: [driver({})] }), 0);
  fleet.apply(frame({ drivers: [driver({ lat: -34.898, timestamp: AT + 2_000 })] }), 1_000);
  expect(placeOf(fleet.cars.get('d1')!, 1_000).lat).toBe(-34.898);
  expect(fleet.isMoving(1_000)).toBe(false);
});
