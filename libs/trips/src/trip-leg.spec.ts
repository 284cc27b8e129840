import { describe, expect, it } from 'vitest';
import { TripStatus } from '#libs/contracts';
import { legOf } from './trip-leg.js';

const pickup = { lat: 41.9, lng: 12.5, address: 'Via Roma 1' };
const stops = [
  { lat: 41.91, lng: 12.51, address: null },
  { lat: 41.92, lng: 12.52, address: null },
];
const trip = { driverId: 'd1', pickup, stops, arrivedAt: 0 };
const { pending, assigning, accepted, arriving, inProgress, completed, cancelled, noDriversFound } =
  TripStatus;

describe('legOf', () => {
  it('[FOLLOW1] leads to the pickup before the ride and to the last stop during it', () => {
    const toPickup = {
      driverId: 'd1',
      target: 'pickup',
      destination: { lat: 41.9, lng: 12.5 },
    };
    expect(legOf({ ...trip, status: accepted })).toEqual({ ...toPickup, isEnRoute: false });
    expect(legOf({ ...trip, status: arriving })).toEqual({ ...toPickup, isEnRoute: true });
    expect(legOf({ ...trip, status: inProgress })).toEqual({
      driverId: 'd1',
      target: 'dropoff',
      destination: { lat: 41.92, lng: 12.52 },
      isEnRoute: false,
    });
  });

  it('[FOLLOW1] there is none before a driver has the trip and after it is over', () => {
    for (const status of [pending, assigning, completed, cancelled, noDriversFound])
      expect(legOf({ ...trip, status }), status).toBeNull();
    for (const status of Object.values(TripStatus))
      expect(legOf({ ...trip, driverId: null, status }), status).toBeNull();
  });

  it('[FOLLOW4] a driver who waits at the pickup is not on the way any more', () => {
    expect(legOf({ ...trip, status: arriving, arrivedAt: 1 })?.isEnRoute).toBe(false);
  });
});
