import { describe, expect, it } from 'vitest';
import { distanceMeters } from '#libs/location';
import { seededRandom } from '#libs/testing';
import { centerOfSurgeCell, surgeCellOf } from './surge.service.js';

describe('cells of surge', () => {
  it('[FARE4] The centre of a cell lies in it, and no point of it is further than half a cell away', () => {
    const random = seededRandom(7);
    for (let i = 0; i < 5_000; i += 1) {
      const point = { lat: random() * 180 - 90, lng: random() * 360 - 180 };
      const center = centerOfSurgeCell(surgeCellOf(point));
      expect(surgeCellOf(center)).toBe(surgeCellOf(point));
      expect(distanceMeters(center, { ...center, lat: point.lat })).toBeLessThan(611);
      expect(distanceMeters(center, { ...center, lng: point.lng })).toBeLessThan(611);
    }
  });

  it('[FARE4] The antimeridian and the poles are one place each, however they are written', () => {
    for (const lat of [-89.9, -17, -0, 0, 51.2, 89.9]) {
      const cells = [180, -180, 540, -540].map((lng) => surgeCellOf({ lat, lng }));
      expect(new Set(cells).size, `at ${lat}`).toBe(1);
      const center = centerOfSurgeCell(cells[0]!);
      expect(distanceMeters(center, { lat, lng: 180 })).toBeLessThan(900);
    }
    for (const lat of [-90, 90]) {
      const cells = [-180, -90, -0, 0, 12.5, 180].map((lng) => surgeCellOf({ lat, lng }));
      expect(new Set(cells).size, `at ${lat}`).toBe(1);
      expect(Math.abs(centerOfSurgeCell(cells[0]!).lat - lat)).toBeLessThan(0.01);
    }
    expect(surgeCellOf({ lat: -0, lng: -0 })).toBe(surgeCellOf({ lat: 0, lng: 0 }));
    expect(surgeCellOf({ lat: 10, lng: 190 })).toBe(surgeCellOf({ lat: 10, lng: -170 }));
  });
});
