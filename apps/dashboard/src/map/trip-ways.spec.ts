import { describe, expect, it } from 'vitest';
import { type CityPoint } from '#libs/city/browser';
import { type TripStatus, type TripView } from '#libs/contracts/browser';
import { placeOn, WaysOfTrips, type Way } from './trip-ways.js';

const at = (lat: number, lng: number): CityPoint => ({ lat, lng });
const [PICKUP, CORNER, DROPOFF] = [at(-34.9, -56.2), at(-34.9, -56.19), at(-34.89, -56.19)];

/** As far as lines are drawn of it. */
function trip(id: string, status: TripStatus = 'assigning'): TripView {
  return { id, status, pickup: PICKUP, stops: [DROPOFF] } as unknown as TripView;
}

/** Answers when the test says so, and notes what it was asked. */
function search() {
  const asked: (readonly CityPoint[])[] = [];
  const answers: ((way: Way | null) => void)[] = [];
  const find = (places: readonly CityPoint[]): Promise<Way | null> => {
    asked.push(places);
    return new Promise((resolve) => answers.push(resolve));
  };
  const answer = async (way: Way | null): Promise<void> => {
    answers.shift()!(way);
    await Promise.resolve();
  };
  return { asked, find, answer };
}

describe('the ways of trips on the map', () => {
  it('[MAP1] one is searched at a time, and a trip is drawn straight until its own is known', async () => {
    const { asked, find, answer } = search();
    let found = 0;
    const ways = new WaysOfTrips(find, () => (found += 1));
    ways.begin();
    expect(ways.of(trip('a'), null)).toEqual({ whole: null, ahead: null });
    expect(ways.of(trip('b'), null).whole).toBeNull();
    expect(asked).toEqual([[PICKUP, DROPOFF]]);
    await answer([PICKUP, CORNER, DROPOFF]);
    expect(found).toBe(1);
    ways.begin();
    expect(ways.of(trip('a'), null).whole).toEqual([PICKUP, CORNER, DROPOFF]);
    expect(ways.of(trip('b'), null).whole).toBeNull();
    expect(asked).toHaveLength(2);
  });

  it('[MAP1] a way gets shorter as the car drives along it, and is searched anew when the car has left it', async () => {
    const { asked, find, answer } = search();
    let now = 0;
    const ways = new WaysOfTrips(
      find,
      () => undefined,
      () => now,
    );
    const riding = trip('a', 'in_progress');
    const aheadOf = (car: CityPoint) => ways.of(riding, car).ahead;
    expect(aheadOf(PICKUP)).toBeNull();
    await answer([PICKUP, CORNER, DROPOFF]);
    const midway = at(-34.9, -56.195);
    expect(aheadOf(midway)).toEqual([midway, CORNER, DROPOFF]);
    const pastCorner = at(-34.895, -56.19);
    expect(aheadOf(pastCorner)).toEqual([pastCorner, DROPOFF]);
    expect(asked).toHaveLength(1);
    const elsewhere = at(-34.895, -56.18);
    now = 10_000;
    aheadOf(elsewhere);
    expect(asked.at(-1)).toEqual([elsewhere, DROPOFF]);
    await answer([elsewhere, DROPOFF]);
    expect(aheadOf(elsewhere)).toEqual([elsewhere, DROPOFF]);
  });

  it('[MAP1] so many trips have ways at most; those that are drawn no more make room, the selected one needs none', async () => {
    const asked: (readonly CityPoint[])[] = [];
    const ways = new WaysOfTrips(
      async (places) => {
        asked.push(places);
        return places;
      },
      () => undefined,
    );
    /** More often than there are trips. */
    const drawAll = async (prefix: string): Promise<void> => {
      for (let drawing = 0; drawing < 210; drawing += 1) {
        ways.begin();
        for (let i = 0; i < 200; i += 1) ways.of(trip(`${prefix}${i}`), null);
        await Promise.resolve();
      }
    };
    await drawAll('a');
    expect(asked).toHaveLength(150);
    expect(ways.of(trip('a199'), null).whole).toBeNull();
    ways.of(trip('selected'), null, true);
    await Promise.resolve();
    expect(ways.of(trip('selected'), null, true).whole).toEqual([PICKUP, DROPOFF]);
    await drawAll('b');
    expect(asked).toHaveLength(301);
    expect(ways.of(trip('b0'), null).whole).toEqual([PICKUP, DROPOFF]);
  });

  it('[MAP1] one search that fails is not the last', async () => {
    const asked: (readonly CityPoint[])[] = [];
    const ways = new WaysOfTrips(
      (places) => {
        asked.push(places);
        return asked[1] ? Promise.resolve(places) : Promise.reject(new Error('no worker'));
      },
      () => undefined,
    );
    for (let drawing = 0; drawing < 3; drawing += 1) {
      ways.begin();
      ways.of(trip('a'), null);
      ways.of(trip('b'), null);
      await Promise.resolve();
    }
    expect(ways.of(trip('a'), null).whole).toBeNull();
    expect(ways.of(trip('b'), null).whole).toEqual([PICKUP, DROPOFF]);
  });

  it('[MAP1] what has no way is not searched again with every frame', async () => {
    const { asked, find, answer } = search();
    let now = 0;
    const ways = new WaysOfTrips(
      find,
      () => undefined,
      () => now,
    );
    ways.of(trip('a'), null);
    await answer(null);
    for (let frame = 0; frame < 50; frame += 1) ways.of(trip('a'), null);
    expect(asked).toHaveLength(1);
    now = 61_000;
    ways.of(trip('a'), null);
    expect(asked).toHaveLength(2);
  });

  it('[MAP1] a car is on the later of two stretches that it is on: it does not turn back to where the search began', () => {
    const behind = at(-34.9, -56.201);
    expect(placeOn([PICKUP, behind, CORNER, DROPOFF], PICKUP)).toMatchObject({ stretch: 1 });
  });
});
