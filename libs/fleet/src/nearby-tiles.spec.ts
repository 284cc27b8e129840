import { describe, expect, it } from 'vitest';
import { cellOf, distanceMeters, type Point } from '#libs/location';
import { seededRandom } from '#libs/testing';
import { NearbyTiles } from './nearby-tiles.js';

const RADIUS_METERS = 3_000;

function byTile(tiles: NearbyTiles, places: readonly Point[]): Map<number, Point[]> {
  return Map.groupBy(places, (place) => tiles.tileOf(place));
}

describe(NearbyTiles.name, () => {
  it.each([
    ['on the equator', { lat: 0, lng: 0 }],
    ['in Rome', { lat: 41.9, lng: 12.5 }],
    ['in Tromso', { lat: 69.65, lng: 18.96 }],
    ['on Fiji, across the antimeridian', { lat: -16.8, lng: 179.999 }],
  ])(
    '[NEAR1] finds the nearest in the circle, nearest first, as a full search does: %s',
    (_, at) => {
      const random = seededRandom(3);
      const tiles = new NearbyTiles(RADIUS_METERS);
      const wide = 0.05 / Math.cos((at.lat * Math.PI) / 180);
      const places = Array.from({ length: 3_000 }, () => {
        const lng = at.lng + (random() * 2 - 1) * wide;
        return { lat: at.lat + (random() * 2 - 1) * 0.05, lng: lng > 180 ? lng - 360 : lng };
      });
      const area = tiles.areaAround(at);
      const index = byTile(tiles, places);
      const distances = places
        .map((place) => distanceMeters(at, place))
        .filter((distance) => distance <= RADIUS_METERS)
        .toSorted((a, b) => a - b);
      const found = (limit: number) =>
        area.nearest(index, limit).map((place) => distanceMeters(at, place));
      const eight = found(8);
      expect(eight).toHaveLength(8);
      eight.forEach((distance, i) => expect(distance).toBeCloseTo(distances[i]!, -1));
      // A flat map is a few metres wrong at the edge of the circle.
      expect(Math.abs(found(9_999).length - distances.length)).toBeLessThan(10);
    },
  );

  it('[NEAR3] a circle touches a bounded number of tiles, which hold little beside it, also near a pole', () => {
    for (const radius of [100, 3_000, 20_000]) {
      const tiles = new NearbyTiles(radius);
      for (const lat of [0, 41.9, -69]) {
        const count = tiles.areaAround({ lat, lng: 12.5 }).tiles.length;
        expect(count, `${radius} m at ${lat}`).toBeGreaterThan(0);
        expect(count, `${radius} m at ${lat}`).toBeLessThanOrEqual(60);
      }
      expect(tiles.areaAround({ lat: 85, lng: 0 }).tiles.length).toBeLessThanOrEqual(250);
      expect(tiles.areaAround({ lat: 89.99, lng: 0 }).tiles).toEqual([]);
    }
  });

  it('[NEAR1] the range of a tile has the cells of its places', () => {
    const random = seededRandom(9);
    const tiles = new NearbyTiles(RADIUS_METERS);
    for (let i = 0; i < 500; i += 1) {
      const place = { lat: random() * 180 - 90, lng: random() * 360 - 180 };
      const [first, last] = tiles.rangeOf(tiles.tileOf(place));
      const cell = cellOf(place.lat, place.lng);
      expect(cell >= first && cell <= last).toBe(true);
    }
  });
});
