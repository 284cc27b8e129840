import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequestError, TripRequestDto } from '#libs/contracts';
import { TripInstances } from '#libs/testing';
import { RidesService } from './rides.service.js';

const ROME = { lat: 41.9, lng: 12.5 };

describe('the places of a trip', () => {
  let stage: TripInstances;
  beforeAll(async () => {
    stage = await TripInstances.start({ FARE_MINIMUM: '500', TRIP_MAX_RIDE_KM: '400' });
  });
  afterAll(() => stage.close());

  const estimate = async (pickupPoint: unknown, ...points: unknown[]) =>
    stage.get(RidesService).estimate(
      TripRequestDto.parse({
        paymentMode: 'cash',
        pickupPoint,
        stops: points.map((point) => ({ point })),
      }),
    );

  async function refusalOf(pickup: unknown, ...points: unknown[]): Promise<string[]> {
    const error: unknown = await estimate(pickup, ...points).catch((refusal: unknown) => refusal);
    expect(error).toBeInstanceOf(RequestError);
    const { code, details } = error as RequestError;
    expect(code).toBe('VALIDATION_FAILED');
    return details as string[];
  }

  it.each([
    [{ lat: 0, lng: 0 }],
    [{ lat: -0, lng: 0 }],
    [{ lat: 0, lng: 360 }],
    [{ latitude: 0.00001, longitude: -0.00001 }],
  ])('[TRIP25] none is %j, which stands for no place', async (point) => {
    expect(await refusalOf(ROME, point)).toEqual([
      expect.stringMatching(/^stops\.0\.point must be a place/),
    ]);
    expect(await refusalOf(point, ROME)).toEqual([
      expect.stringMatching(/^pickupPoint must be a place/),
    ]);
  });

  it.each([
    [{ lat: Number.NaN, lng: 12.5 }],
    [{ lat: 90.1, lng: 12.5 }],
    [{ lat: 41.9, lng: Infinity }],
    [{ lat: null, lng: 12.5 }],
    [{ lat: [41.9], lng: 12.5 }],
    [{}],
  ])('[TRIP25] none is %j', async (point) => {
    expect(await refusalOf(ROME, point)).toEqual([
      'stops.0.point must have lat from -90 to 90 and lng from -180 to 180',
    ]);
  });

  it('[TRIP25] a ride that is longer than any is refused with the stop from which on it is', async () => {
    expect(await refusalOf(ROME, { lat: -36.8, lng: 174.8 })).toEqual([
      expect.stringMatching(/^stops\.0\.point is 18\d{3} km .*longest ride is 400 km$/),
    ]);
    // Each leg is short enough, all of them are not.
    const there = { lat: 43.6, lng: 12.5 };
    expect(await refusalOf(ROME, there, ROME, there)).toEqual([
      expect.stringMatching(/^stops\.2\.point is 5\d\d km/),
    ]);
    expect((await estimate(ROME, { lat: 45.4, lng: 12.5 })).distanceMeters).toBeGreaterThan(
      389_000,
    );
  });

  it('[TRIP25] a ride over the 180th meridian is as short as it is', async () => {
    const { distanceMeters } = await estimate(
      { lat: -16.8, lng: 179.99 },
      { lat: -16.8, lng: -179.99 },
    );
    expect(distanceMeters).toBeGreaterThan(2_000);
    expect(distanceMeters).toBeLessThan(3_000);
    const same = await estimate({ lat: -16.8, lng: 180 }, { lat: -16.8, lng: -180 });
    expect(same.distanceMeters).toBe(0);
  });

  it('[TRIP25] one that ends where it begins costs the minimum', async () => {
    expect(await estimate(ROME, ROME)).toMatchObject({ distanceMeters: 0, total: 500 });
  });
});
