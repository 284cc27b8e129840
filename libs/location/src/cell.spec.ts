import { describe, expect, it } from 'vitest';
import { wrapLongitude } from '#libs/contracts';
import { seededRandom } from '#libs/testing';
import { cellOf, coverBox, isInBox, type BoundingBox } from './cell.js';
import { boxAround, distanceMeters, EARTH_RADIUS_METERS } from './geodesy.js';
import { estimateTravel } from './travel-estimate.js';

function covers(box: BoundingBox, lat: number, lng: number): boolean {
  const cell = cellOf(lat, lng);
  return coverBox(box).some(([first, last]) => cell >= first && cell <= last);
}

describe('cells', () => {
  it('[LOC5] every position of a box lies in a range of its cover', () => {
    const random = seededRandom(7);
    for (let i = 0; i < 2_000; i += 1) {
      const south = random() * 170 - 85;
      const west = random() * 358 - 180;
      const box = {
        south,
        west,
        north: south + random() * 4,
        east: Math.min(180, west + random() * 8),
      };
      const lat = box.south + random() * (box.north - box.south);
      const lng = box.west + random() * (box.east - box.west);
      expect(covers(box, lat, lng), JSON.stringify({ box, lat, lng })).toBe(true);
    }
  });

  it('[LOC5] a cover is a bounded number of ranges, however large the box', () => {
    expect(coverBox({ south: -90, west: -180, north: 90, east: 180 }).length).toBeLessThanOrEqual(
      64,
    );
    expect(
      coverBox({ south: 41.7, west: 12.2, north: 42.1, east: 12.8 }).length,
    ).toBeLessThanOrEqual(64);
  });

  it('[LOC5] a box across the antimeridian covers both of its sides and not the rest', () => {
    const box = { south: -18, west: 179, north: -16, east: -179 };
    expect(covers(box, -17, 179.5)).toBe(true);
    expect(covers(box, -17, -179.5)).toBe(true);
    expect(covers(box, -17, 0)).toBe(false);
  });

  it('[LOC5] any box, over the antimeridian and at the poles too, is covered, and isInBox agrees', () => {
    const random = seededRandom(23);
    for (let i = 0; i < 3_000; i += 1) {
      const height = Math.min(180, 10 ** (random() * 6 - 4));
      const width = Math.min(359, 10 ** (random() * 6.5 - 4));
      const south = i % 9 === 0 ? 90 - height : random() * (180 - height) - 90;
      const start = i % 2 === 0 ? 180 - random() * width : random() * 360 - 180;
      const [west, east] = [wrapLongitude(start), wrapLongitude(start + width)];
      const box = { south, west, east, north: Math.min(90, south + height) };
      const lat = Math.min(90, south + random() * height);
      const lng = wrapLongitude(start + random() * width);
      const about = JSON.stringify({ box, lat, lng });
      expect(isInBox(box, lat, lng), about).toBe(true);
      expect(covers(box, lat, lng), about).toBe(true);
      expect(coverBox(box).length).toBeLessThanOrEqual(64);
      // As far outside as it is wide: no part of the box, wherever the world begins.
      const outside = wrapLongitude(start + width + (360 - width) / 2);
      expect(isInBox(box, lat, outside), about).toBe(false);
    }
  });

  it('[LOC5] 180 and -180 are one meridian', () => {
    for (const lat of [-90, -17, 0, 90]) expect(cellOf(lat, 180)).toBe(cellOf(lat, -180));
    for (const [west, east] of [
      [170, 180],
      [-180, -170],
      [170, -170],
      [180, -170],
      [170, -180],
    ] as const) {
      for (const lng of [180, -180]) {
        expect([west, east, lng, isInBox({ west, east, south: 0, north: 1 }, 0.5, lng)]).toEqual([
          west,
          east,
          lng,
          true,
        ]);
        expect(covers({ west, east, south: 0, north: 1 }, 0.5, lng)).toBe(true);
      }
    }
    expect(isInBox({ west: -170, east: 170, south: 0, north: 1 }, 0.5, 180)).toBe(false);
  });

  it('[LOC5] the corners of the world have cells', () => {
    for (const [lat, lng] of [
      [90, 180],
      [-90, -180],
      [90, -180],
      [-90, 180],
    ] as const) {
      expect(cellOf(lat, lng)).toBeLessThan(2 ** 32);
    }
  });
});

describe('distances', () => {
  it('[LOC5] a way over the antimeridian is as long as the same way anywhere else', () => {
    const random = seededRandom(29);
    for (let i = 0; i < 1_000; i += 1) {
      const a = { lat: random() * 170 - 85, lng: random() * 0.2 - 0.1 };
      const b = { lat: a.lat + random() * 0.1, lng: random() * 0.2 - 0.1 };
      const turned = ({ lat, lng }: { lat: number; lng: number }) => ({
        lat,
        lng: wrapLongitude(lng + 180),
      });
      expect(distanceMeters(turned(a), turned(b))).toBeCloseTo(distanceMeters(a, b), 3);
      const travel = { detourPercent: 130, assumedSpeedKmh: 30 };
      const way = estimateTravel([a, b], travel);
      const over = estimateTravel([turned(a), turned(b)], travel);
      expect(Math.abs(over.distanceMeters - way.distanceMeters)).toBeLessThanOrEqual(1);
      expect(Math.abs(over.durationMs - way.durationMs)).toBeLessThanOrEqual(1);
    }
  });
});

describe('boxAround', () => {
  it('[LOC5] holds every point of the circle', () => {
    const random = seededRandom(11);
    for (let i = 0; i < 2_000; i += 1) {
      const center = { lat: random() * 178 - 89, lng: random() * 360 - 180 };
      const radius = 1 + random() * 50_000;
      const bearing = random() * 2 * Math.PI;
      const point = pointAt(center, radius * 0.999, bearing);
      expect(distanceMeters(center, point)).toBeCloseTo(radius * 0.999, 0);
      expect(covers(boxAround(center, radius), point.lat, point.lng)).toBe(true);
    }
  });
});

/** Destination on a sphere for a distance and an initial bearing. */
function pointAt(
  from: { lat: number; lng: number },
  meters: number,
  bearing: number,
): { lat: number; lng: number } {
  const angle = meters / EARTH_RADIUS_METERS;
  const lat = (from.lat * Math.PI) / 180;
  const sinLat =
    Math.sin(lat) * Math.cos(angle) + Math.cos(lat) * Math.sin(angle) * Math.cos(bearing);
  const lng =
    (from.lng * Math.PI) / 180 +
    Math.atan2(
      Math.sin(bearing) * Math.sin(angle) * Math.cos(lat),
      Math.cos(angle) - Math.sin(lat) * sinLat,
    );
  const degrees = (lng * 180) / Math.PI;
  return {
    lat: (Math.asin(sinLat) * 180) / Math.PI,
    lng: ((((degrees + 180) % 360) + 360) % 360) - 180,
  };
}
