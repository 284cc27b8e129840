import { describe, expect, it } from 'vitest';
import { distanceMeters } from '#libs/location';
import { seededRandom } from '#libs/testing';
import { centerOfSurgeCell, surgeCellOf } from './surge-cell.js';

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

  it('[FARE4] The edges of the world have cells', () => {
    for (const lat of [-90, 90]) {
      for (const lng of [-180, 180]) {
        const { lat: centerLat, lng: centerLng } = centerOfSurgeCell(surgeCellOf({ lat, lng }));
        expect(Math.abs(centerLat - lat)).toBeLessThan(0.01);
        expect(Math.abs(centerLng - lng)).toBeLessThan(0.01);
      }
    }
  });
});
