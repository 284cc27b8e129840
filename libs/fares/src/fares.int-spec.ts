import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distanceMeters, type Point } from '#libs/location';
import { RedisCommands, RedisKeys } from '#libs/redis';
import { startModules, testEnvironment, until } from '#libs/testing';
import { FaresModule } from './fares.module.js';
import { FaresService } from './fares.service.js';
import { centerOfSurgeCell, surgeCellOf, SurgeService } from './surge.service.js';
import { SurgeStore } from './surge.store.js';

const HOUR_MS = 3_600_000;
const CELL_DEGREES = 360 / 2 ** 15;

/** The middle of the nth cell on a row of cells, so that no test meets another's. */
function placeIn(cell: number): Point {
  return centerOfSurgeCell(surgeCellOf({ lat: 41.9, lng: 12 + cell * CELL_DEGREES }));
}

describe('surge and fares on two instances', () => {
  let instances: TestingModule[];
  let one: SurgeService;
  let two: SurgeService;
  let fares: FaresService;

  beforeAll(async () => {
    const environment = testEnvironment();
    const lowered = { ...environment, FARE_MAX_SURGE_BASIS_POINTS: 12_000 };
    instances = await Promise.all(
      [environment, environment, lowered].map((each) => startModules(each, [FaresModule])),
    );
    [one, two] = instances.map((instance) => instance.get(SurgeService)) as [
      SurgeService,
      SurgeService,
    ];
    fares = instances[1]!.get(FaresService);
  });
  afterAll(() => Promise.all(instances.map((instance) => instance.close())));

  it('[FARE4] A surge holds on every instance, in the whole cell and nowhere else', async () => {
    const place = placeIn(1);
    const surge = await one.set(place, 15_000, HOUR_MS);
    expect(surge).toMatchObject({ ...place, surgeBasisPoints: 15_000 });
    const inside = CELL_DEGREES * 0.49;
    const outside = CELL_DEGREES * 0.51;
    for (const [lat, lng] of [
      [inside, inside],
      [-inside, inside],
      [inside, -inside],
      [-inside, -inside],
    ]) {
      expect(await two.surgeAt({ lat: place.lat + lat!, lng: place.lng + lng! })).toBe(15_000);
    }
    for (const [lat, lng] of [
      [outside, 0],
      [-outside, 0],
      [0, outside],
      [0, -outside],
    ]) {
      expect(await two.surgeAt({ lat: place.lat + lat!, lng: place.lng + lng! })).toBe(10_000);
    }
  });

  it('[FARE4] A surge ends by itself, is listed no more and leaves Redis with the next one', async () => {
    const place = placeIn(5);
    await one.set(place, 20_000, 200);
    await until('it has ended', async () => (await two.surgeAt(place)) === 10_000);
    expect(await two.list()).not.toContainEqual(expect.objectContaining(place));
    await expect(two.clear(place)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await one.set(placeIn(6), 20_000, 200);
    await until('the next has ended', async () => (await two.surgeAt(placeIn(6))) === 10_000);
    await one.set(placeIn(7), 20_000, HOUR_MS);
    const redis = instances[0]!.get(RedisCommands);
    const keys = instances[0]!.get(RedisKeys);
    for (const ended of [placeIn(5), placeIn(6)]) {
      const cell = String(surgeCellOf(ended));
      expect(await redis.do((client) => client.hget(keys.key('fares', 'surges'), cell))).toBeNull();
      expect(
        await redis.do((client) => client.zscore(keys.key('fares', 'surge-ends'), cell)),
      ).toBeNull();
    }
  });

  it('[FARE4] A cell has one surge: the last one set, until it is taken away', async () => {
    const place = placeIn(10);
    await one.set(place, 20_000, HOUR_MS);
    const surge = await two.set({ ...place, lat: place.lat + 0.001 }, 17_500, 2 * HOUR_MS);
    const listed = await one.list();
    expect(listed.filter(({ lat, lng }) => lat === place.lat && lng === place.lng)).toEqual([
      surge,
    ]);
    expect(listed.map(({ endsAt }) => endsAt)).toEqual(
      listed.map(({ endsAt }) => endsAt).toSorted((a, b) => a - b),
    );
    await one.clear(place);
    expect(await two.surgeAt(place)).toBe(10_000);
    await expect(two.clear(place)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('[FARE4] A surge above the bound is refused, and one that the bound fell below is cut to it', async () => {
    const place = placeIn(15);
    await expect(one.set(place, 30_001, HOUR_MS)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    await one.set(place, 30_000, HOUR_MS);
    const lowered = instances[2]!.get(SurgeService);
    expect(await lowered.surgeAt(place)).toBe(12_000);
    expect(await lowered.list()).toContainEqual(
      expect.objectContaining({ ...place, surgeBasisPoints: 12_000 }),
    );
  });

  it('[FARE4] The number of cells is bounded, however many set one at once; known ones may change', async () => {
    const store = instances[0]!.get(SurgeStore);
    const bound = (await store.list()).length + 5;
    const cells = Array.from({ length: 20 }, (_, i) => 1_000 + i);
    const ends = await Promise.all(cells.map((cell) => store.set(cell, 11_000, HOUR_MS, bound)));
    const taken = cells.filter((_, i) => ends[i] !== null);
    expect(taken).toHaveLength(5);
    expect(await store.list()).toHaveLength(bound);
    expect(await store.set(taken[0]!, 12_000, HOUR_MS, bound)).not.toBeNull();
    await Promise.all(taken.map((cell) => store.clear(cell)));
  });

  it('[FARE6] An estimate takes the way over all stops and the surge at the pickup', async () => {
    const pickup = placeIn(20);
    const [stop, dropoff] = [placeIn(25), placeIn(22)];
    await one.set(pickup, 15_000, HOUR_MS);
    await one.set(dropoff, 30_000, HOUR_MS);
    const straight = distanceMeters(pickup, stop) + distanceMeters(stop, dropoff);
    const fare = await fares.estimate({ pickup, stops: [stop, dropoff] });
    const charged = { distanceMeters: Math.round(straight * 1.3), surgeBasisPoints: 15_000 };
    expect(fare).toMatchObject({ currency: 'EUR', base: 250, ...charged });
    const { durationMs, ...rest } = fare;
    expect(durationMs).toBe(Math.round((straight * 1.3 * 3_600) / 28));
    expect(fares.final({ ...rest, durationMs, waitingMs: 0, extraFees: 0 })).toEqual(fare);
  });

  it('[FARE5] Extra fees are a whole amount up to the bound, or the ride is refused', () => {
    const ride = { distanceMeters: 1, durationMs: 1, surgeBasisPoints: 10_000, waitingMs: 0 };
    expect(fares.final({ ...ride, extraFees: 5_000 }).extra).toBe(5_000);
    for (const extraFees of [5_001, -1, 0.5, Number.NaN]) {
      expect(() => fares.final({ ...ride, extraFees })).toThrow(
        expect.objectContaining({ code: 'VALIDATION_FAILED' }),
      );
    }
  });

  it('[FARE3] Waiting is charged by the configured prices', () => {
    const arrivedAt = Date.now();
    expect(fares.waiting(arrivedAt, arrivedAt + 200_000)).toEqual({
      amount: 30,
      chargedMinutes: 1,
      nextWaitingStepAt: arrivedAt + 240_001,
    });
  });
});
