import { describe, expect, it } from 'vitest';
import { type StoredPosition } from '#libs/location';
import { type TripLeg } from '../trip-leg.js';
import {
  nextPicture,
  toDriverEnRouteUpdate,
  toTripDriverLocation,
  type DriverPicture,
} from './driver-picture.js';

const NOW = Date.UTC(2026, 10, 22, 12);
const settings = {
  quality: { delayedAfterMs: 20_000, staleAfterMs: 45_000, lostAfterMs: 90_000 },
  assumedSpeedKmh: 28,
};
const leg: TripLeg = {
  driverId: 'd1',
  target: 'pickup',
  destination: { lat: 41.9, lng: 12.5 },
  isEnRoute: true,
};
// 0.0252 degrees of latitude are 2,802 m: 6 minutes at 28 km/h.
const position: StoredPosition = {
  lat: 41.9252,
  lng: 12.5,
  timestamp: NOW - 1_000,
  receivedAt: NOW - 900,
  heading: 180,
  speed: 8.3,
};
const look = (
  before: DriverPicture | undefined,
  changed: Partial<StoredPosition> = {},
  afterMs = 0,
  on = leg,
) => nextPicture(before, on, { ...position, ...changed }, NOW + afterMs, settings);

describe('the picture of a driver', () => {
  it('[FOLLOW1] says place, heading, speed, age, quality and minutes to the target', () => {
    expect(toTripDriverLocation('t1', look(undefined))).toEqual({
      tripId: 't1',
      driverId: 'd1',
      at: '2026-11-22T12:00:00.000Z',
      lat: 41.9252,
      lng: 12.5,
      timestamp: '2026-11-22T11:59:59.000Z',
      heading: 180,
      speed: 8.3,
      ageMs: 1_000,
      quality: 'live',
      etaMinutes: 6,
      target: 'pickup',
    });
  });

  it('[FOLLOW2] stays the same while only the age grows, and changes with the quality', () => {
    const first = look(undefined);
    expect(look(first, {}, 18_999).sequence).toBe(first.sequence);
    const qualities = [19_000, 44_000, 89_000].map((afterMs) => look(first, {}, afterMs));
    expect(qualities.map(({ quality }) => quality)).toEqual(['delayed', 'stale', 'lost']);
    for (const { sequence } of qualities) expect(sequence).toBe(first.sequence + 1);
  });

  it('[FOLLOW2] a newer fix at the same place is a new picture: a car that stands is still heard of', () => {
    const first = look(undefined);
    const later = look(first, { timestamp: NOW + 1_000, receivedAt: NOW + 1_000 }, 1_000);
    expect(later).toMatchObject({ sequence: first.sequence + 1, quality: 'live', ageMs: 0 });
  });

  it('[FOLLOW1] another driver or another target is a new picture', () => {
    const first = look(undefined);
    expect(look(first, {}, 0, { ...leg, driverId: 'd2' }).sequence).toBe(2);
    expect(look(first, {}, 0, { ...leg, target: 'dropoff' }).sequence).toBe(2);
  });

  it('[FOLLOW4] the news of an arrival has all that the event has but a number', () => {
    const update = toDriverEnRouteUpdate('t1', look(undefined));
    expect(update).toEqual({
      tripId: 't1',
      at: '2026-11-22T12:00:00.000Z',
      status: 'arriving',
      currentStatus: 'arriving',
      previousStatus: 'accepted',
      driverId: 'd1',
      etaMinutes: 6,
      driverPosition: { lat: 41.9252, lng: 12.5 },
      quality: 'live',
    });
    expect(update).not.toHaveProperty('version');
  });
});
