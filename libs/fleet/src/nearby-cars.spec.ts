import { describe, expect, it } from 'vitest';
import { type FreeCar } from './free-cars.service.js';
import { NearbyCars, type NearbyChange } from './nearby-cars.js';

const ROTATION_MS = 1_000;
const car = (driverId: string, lat = 41.9, heading?: number): FreeCar => ({
  driverId,
  lat,
  lng: 12.5,
  ...(heading === undefined ? {} : { heading }),
});

function snapshotOf(change: NearbyChange | undefined) {
  if (!change?.reset) throw new Error('a snapshot was due');
  return change.cars;
}

function updateOf(change: NearbyChange | undefined) {
  if (!change || change.reset) throw new Error('an update was due');
  return change;
}

describe(NearbyCars.name, () => {
  it('[NEAR1] starts with all cars, then tells who comes, moves, turns and leaves, and else nothing', () => {
    const cars = new NearbyCars(ROTATION_MS);
    const [a, b] = snapshotOf(cars.show([car('a'), car('b', 41.91, 90)], 0));
    expect([a, b]).toMatchObject([{ lat: 41.9 }, { lat: 41.91, heading: 90 }]);
    expect(cars.show([car('b', 41.91, 90), car('a')], 1)).toBeUndefined();
    expect(updateOf(cars.show([car('a', 41.95), car('b', 41.91, 100)], 2))).toEqual({
      reset: false,
      changed: [
        { id: a!.id, lat: 41.95, lng: 12.5 },
        { id: b!.id, lat: 41.91, lng: 12.5, heading: 100 },
      ],
      left: [],
    });
    const { changed, left } = updateOf(cars.show([car('a', 41.95), car('c')], 3));
    expect(changed).toEqual([{ id: expect.any(String), lat: 41.9, lng: 12.5 }]);
    expect(left).toEqual([b!.id]);
    expect(updateOf(cars.show([], 4)).left).toEqual([a!.id, changed[0]!.id]);
  });

  it('[NEAR1] nothing to show is a snapshot, too', () => {
    expect(snapshotOf(new NearbyCars(ROTATION_MS).show([], 0))).toEqual([]);
  });

  it('[NEAR1] starts over with a snapshot in which cars that are still shown keep their ids', () => {
    const cars = new NearbyCars(ROTATION_MS);
    const [a] = snapshotOf(cars.show([car('a')], 0));
    cars.startOver();
    const again = snapshotOf(cars.show([car('b'), car('a', 42)], 1));
    expect(again).toMatchObject([{ lat: 41.9 }, { id: a!.id, lat: 42 }]);
  });

  it('[NEAR2] ids are of one viewer, change with the period, and with a car that was away', () => {
    const ids = new Set<string>();
    const viewers = [new NearbyCars(ROTATION_MS), new NearbyCars(ROTATION_MS)];
    for (const cars of viewers) ids.add(snapshotOf(cars.show([car('a')], 0))[0]!.id);
    expect(ids.size).toBe(2);
    const [cars] = viewers as [NearbyCars];
    cars.show([], 1);
    ids.add(updateOf(cars.show([car('a')], 2)).changed[0]!.id);
    expect(ids.size).toBe(3);
    expect(cars.show([car('a')], ROTATION_MS - 1)).toBeUndefined();
    ids.add(snapshotOf(cars.show([car('a')], ROTATION_MS))[0]!.id);
    expect(ids.size).toBe(4);
    expect(cars.show([car('a')], 2 * ROTATION_MS - 1)).toBeUndefined();
    ids.add(snapshotOf(cars.show([car('a')], 2 * ROTATION_MS))[0]!.id);
    expect(ids.size).toBe(5);
  });

  it('[NEAR2] has nothing of a car but id, place and heading', () => {
    const secret = { ...car('driver-1', 41.9, 10), speed: 3, timestamp: 5, plate: 'X' } as FreeCar;
    const [shown] = snapshotOf(new NearbyCars(ROTATION_MS).show([secret], 0));
    expect(Object.keys(shown!).toSorted()).toEqual(['heading', 'id', 'lat', 'lng']);
    expect(shown!.id).toMatch(/^[\w-]{12}$/);
  });
});
