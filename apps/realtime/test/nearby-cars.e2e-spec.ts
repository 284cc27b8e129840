import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NearbyCar, type NearbySnapshot, type NearbyUpdate } from '#libs/contracts';
import { until, type ToldClient } from '#libs/testing';
import { TestCluster } from './cluster.js';

const TICK_MS = 100;
const SNAPSHOT = 'nearby:snapshot';
const UPDATE = 'nearby:update';

/** Each test has a city of its own. */
let cities = 0;
const newCity = () => ({ lat: 10 + (cities += 1), lng: 12.5 });

/** What an app shows that follows the frames by the book. */
function shownBy(passenger: ToldClient): NearbyCar[] {
  const shown = new Map<string, NearbyCar>();
  for (const { event, payload } of passenger.received) {
    if (event === SNAPSHOT) {
      shown.clear();
      for (const car of (payload as NearbySnapshot).cars) shown.set(car.id, car);
    } else if (event === UPDATE) {
      const { changed, left } = payload as NearbyUpdate;
      for (const car of changed) shown.set(car.id, car);
      for (const id of left) shown.delete(id);
    }
  }
  return [...shown.values()];
}

const framesOf = ({ received }: ToldClient) =>
  received.filter(({ event }) => event === SNAPSHOT || event === UPDATE);

describe('cars near a passenger', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        NEARBY_CARS_TICK: `${TICK_MS}ms`,
        NEARBY_CARS_MAX: '3',
        QUALITY_DELAYED_AFTER: '20s',
        REAPER_INTERVAL: '100ms',
        DRIVER_GRACE: '100ms',
        LOCATION_JUMP_SLACK_METERS: '100000',
        WS_RATE_PER_SECOND: '1000',
        WS_RATE_BURST: '1000',
      },
    });
  });
  afterAll(() => cluster.close());

  /** On the first instance; passengers are on the second. */
  const carAt = async (lat: number, lng: number, fix: object = {}) => {
    const user = await cluster.addUser('driver');
    const client = await cluster.connect(user, 0);
    await client.ask('driver:status:update', { availabilityStatus: 'AVAILABLE' });
    await client.ask('driver:location:ping', { lat, lng, ...fix });
    return { user, client };
  };
  const passengerAt = async (place: object, instance = 1) => {
    const client = await cluster.connect(await cluster.addUser('passenger'), instance);
    await client.ask('nearby:subscribe', place);
    await client.waitFor(SNAPSHOT);
    return client;
  };

  it('[NEAR1] of another instance come as a snapshot, then move, once a tick at most', async () => {
    const city = newCity();
    const far = await carAt(city.lat + 0.03, city.lng);
    const { client: driver } = await carAt(city.lat, city.lng, { heading: 91 });
    const passenger = await cluster.connect(await cluster.addUser('passenger'), 1);
    const { lat: latitude, lng: longitude } = city;
    expect(await passenger.ask('nearby:subscribe', { latitude, longitude })).toEqual({
      radiusMeters: 3_000,
      limit: 3,
    });
    const { at, cars } = await passenger.waitFor<NearbySnapshot>(SNAPSHOT);
    expect(Math.abs(Date.now() - at)).toBeLessThan(30_000);
    expect(cars).toEqual([{ id: expect.any(String), ...city, heading: 90 }]);
    const startedAt = performance.now();
    for (let step = 1; step <= 30; step += 1) {
      await driver.ask('driver:location:ping', { lat: city.lat + step * 1e-4, lng: city.lng });
    }
    const last = Math.round((city.lat + 30e-4) * 1e4) / 1e4;
    await until('the move is shown', () => shownBy(passenger)[0]?.lat === last);
    const ticks = (performance.now() - startedAt) / TICK_MS;
    expect(passenger.payloads(UPDATE).length).toBeLessThanOrEqual(ticks + 2);
    expect(passenger.payloads<NearbyUpdate>(UPDATE).flatMap(({ left }) => left)).toEqual([]);
    expect(new Set(shownBy(passenger).map(({ id }) => id))).toEqual(new Set([cars[0]!.id]));
    await far.client.ask('driver:location:ping', { lat: city.lat + 0.02, lng: city.lng });
    await until('the far car has come near', () => shownBy(passenger).length === 2);
  });

  it('[NEAR1] disappear when they take a trip, are busy, go offline or vanish, and come back', async () => {
    const city = newCity();
    const { client: driver } = await carAt(city.lat, city.lng);
    const passenger = await passengerAt(city);
    const showsCars = (count: number) =>
      until(`${count} cars are shown`, () => shownBy(passenger).length === count);
    await showsCars(1);
    const available = { availabilityStatus: 'AVAILABLE' };
    for (const [event, away, back] of [
      ['driver:trip:set', { currentTripId: 'trip-1' }, { currentTripId: null }],
      ['driver:status:update', { availabilityStatus: 'BUSY' }, available],
      ['driver:status:update', { availabilityStatus: 'OFFLINE' }, available],
    ] as const) {
      await driver.ask(event, away);
      await showsCars(0);
      await driver.ask(event, back);
      await showsCars(1);
    }
    driver.close();
    await showsCars(0);
  });

  it('[NEAR1] are the nearest, as many as are configured, with a fresh position', async () => {
    const city = newCity();
    for (let i = 5; i > 0; i -= 1) await carAt(city.lat + i * 0.001, city.lng);
    await carAt(city.lat, city.lng, { timestamp: Date.now() - 60_000 });
    const passenger = await passengerAt(city);
    const [{ cars }] = passenger.payloads<NearbySnapshot>(SNAPSHOT) as [NearbySnapshot];
    expect(cars.map(({ lat }) => Math.round((lat - city.lat) * 1e3))).toEqual([1, 2, 3]);
    await carAt(city.lat + 0.0005, city.lng);
    await until('the new one takes the place of the farthest', () =>
      shownBy(passenger).some(({ lat }) => Math.round((lat - city.lat) * 1e4) === 5),
    );
    expect(shownBy(passenger)).toHaveLength(3);
    expect(shownBy(passenger).every(({ lat }) => lat < city.lat + 0.0025)).toBe(true);
  });

  it('[NEAR1] are those of the new place after another subscription, and none after unsubscribing', async () => {
    const [rome, milan] = [newCity(), newCity()];
    await carAt(rome.lat, rome.lng);
    const { client: driver } = await carAt(milan.lat, milan.lng);
    const passenger = await passengerAt(rome);
    await passenger.ask('nearby:subscribe', milan);
    await until('it shows the other city', () => shownBy(passenger)[0]?.lat === milan.lat);
    expect(passenger.payloads(SNAPSHOT)).toHaveLength(2);
    await passenger.ask('nearby:unsubscribe');
    const frames = framesOf(passenger).length;
    const witness = await passengerAt(milan);
    await driver.ask('driver:location:ping', { lat: milan.lat + 0.001, lng: milan.lng });
    await until('another passenger sees it move', () => witness.payloads(UPDATE).length > 0);
    expect(framesOf(passenger)).toHaveLength(frames);
    await passenger.ask('nearby:subscribe', milan);
    await until('it is back', () => framesOf(passenger).length > frames);
    expect(framesOf(passenger)[frames]!.event).toBe(SNAPSHOT);
  });

  it('[NEAR1] a place where nobody drives is an empty snapshot; what is no place is refused', async () => {
    const passenger = await passengerAt({ lat: -89.99, lng: 180 });
    expect(passenger.payloads(SNAPSHOT)).toEqual([{ at: expect.any(Number), cars: [] }]);
    for (const request of [
      undefined,
      {},
      { lat: 1 },
      { lat: 91, lng: 0 },
      { lat: 0, lng: -541 },
      { lat: 'here', lng: '12' },
      { lat: null, lng: 3 },
      [41, 12],
    ]) {
      expect(await passenger.request('nearby:subscribe', request)).toMatchObject({
        ok: false,
        error: { code: 'VALIDATION_FAILED' },
      });
    }
  });

  it('[NEAR2] have other ids for every passenger and device, and nothing of the driver', async () => {
    const city = newCity();
    const exact = { lat: city.lat + 0.00012345, lng: city.lng - 0.00054321 };
    const { user, client: driver } = await carAt(exact.lat, exact.lng, {
      accuracy: 7.7,
      speed: 13.3,
      heading: 217,
    });
    const someone = await cluster.addUser('passenger');
    const passengers = await Promise.all([
      passengerAt(city, 0),
      passengerAt(city, 1),
      ...[0, 1].map(async (instance) => {
        const device = await cluster.connect(someone, instance);
        await device.ask('nearby:subscribe', city);
        await device.waitFor(SNAPSHOT);
        return device;
      }),
    ]);
    await driver.ask('driver:location:ping', { lat: exact.lat + 0.001, lng: exact.lng, speed: 9 });
    for (const passenger of passengers) await passenger.waitFor(UPDATE);
    expect(new Set(passengers.flatMap((p) => shownBy(p).map(({ id }) => id))).size).toBe(4);
    for (const passenger of passengers) {
      const told = JSON.stringify(framesOf(passenger));
      for (const secret of [user.userId, user.sid, '13.3', '7.7', 'driver', 'timestamp']) {
        expect(told).not.toContain(secret);
      }
      const [{ cars }] = passenger.payloads<NearbySnapshot>(SNAPSHOT) as [NearbySnapshot];
      expect(cars[0]).toEqual({
        id: expect.stringMatching(/^[\w-]{12}$/),
        lat: Math.round(exact.lat * 1e4) / 1e4,
        lng: Math.round(exact.lng * 1e4) / 1e4,
        heading: 220,
      });
      const keys = framesOf(passenger).flatMap(({ payload }) => Object.keys(payload as object));
      expect(new Set(keys)).toEqual(new Set(['at', 'cars', 'changed', 'left']));
    }
  });

  it('[NEAR2] get new ids when the period ends, all at once, with a snapshot', async () => {
    const city = newCity();
    const instance = await cluster.addInstance({ NEARBY_CARS_ID_ROTATION: 300 });
    await carAt(city.lat, city.lng);
    await carAt(city.lat + 0.001, city.lng);
    const passenger = await passengerAt(city, cluster.instances.indexOf(instance));
    await until('there were three periods', () => passenger.payloads(SNAPSHOT).length >= 3);
    const ids = passenger
      .payloads<NearbySnapshot>(SNAPSHOT)
      .flatMap(({ cars }) => cars.map(({ id }) => id));
    expect(new Set(ids).size).toBe(2 * passenger.payloads(SNAPSHOT).length);
    passenger.close();
  });

  it('[LEAK1] are for passengers: drivers, dispatchers and chats cannot ask for them', async () => {
    const city = newCity();
    const { client: driver } = await carAt(city.lat, city.lng);
    const admin = await cluster.connect(await cluster.addUser('admin'), 0);
    const { token } = await cluster.addUser('passenger');
    const chat = await cluster.openApp('/chat', { token }, 0);
    for (const client of [driver, admin, chat]) {
      expect(await client.request('nearby:subscribe', city)).toMatchObject({
        ok: false,
        error: { code: 'UNKNOWN_EVENT' },
      });
    }
    for (const type of ['driver', 'admin'] as const) {
      const stranger = await cluster.addUser(type, { userId: `${type}-${randomUUID()}` });
      const refused = cluster.openBare('/passengers', 0, { token: stranger.token });
      await until('it is refused', () => refused.refusals.length > 0);
      expect(refused.refusals[0]!.data?.code).toBe('NAMESPACE_FORBIDDEN');
    }
  });
});
