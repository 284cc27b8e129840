import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DriverSnapshot, type Hello, type ViewportFrame } from '#libs/contracts';
import { startTcpProxy, until, type ToldClient } from '#libs/testing';
import { TestCluster } from './cluster.js';

const ROME = { west: 12.4, south: 41.8, east: 12.6, north: 42 };
const EVENT = 'driver:viewport:frame';

describe('viewports', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start();
  });
  afterAll(() => cluster.close());

  const driverAt = async (lat: number, lng: number, instance = 0) => {
    const user = await cluster.addUser('driver');
    const client = await cluster.connect(user, instance);
    await client.ask('driver:location:ping', { lat, lng });
    return { userId: user.userId, client };
  };
  /** What a page shows that follows the frames by the book. */
  const shownBy = (dispatcher: ToldClient) => {
    const shown = new Map<string, { lat: number; lng: number }>();
    for (const { reset, drivers, left } of dispatcher.payloads<ViewportFrame>(EVENT)) {
      if (reset) shown.clear();
      for (const { driverId, lat, lng } of drivers) shown.set(driverId, { lat, lng });
      for (const driverId of left) shown.delete(driverId);
    }
    return shown;
  };

  it('[VIEW1] a dispatcher on any instance gets what is in view, its changes, and nothing else', async () => {
    const inside = await driverAt(41.9, 12.5);
    const outside = await driverAt(45.4, 9.1, 1);
    const dispatcher = await cluster.connect(await cluster.addUser('admin'), 1, {
      viewport: { bbox: ROME, zoom: 12 },
    });
    const first = await dispatcher.waitFor<ViewportFrame>(EVENT);
    expect(first).toMatchObject({ reset: true, total: 1, left: [], clusters: null });
    expect(first.drivers).toMatchObject([
      {
        driverId: inside.userId,
        lat: 41.9,
        lng: 12.5,
        quality: 'live',
        availabilityStatus: 'OFFLINE',
        currentTripId: null,
      },
    ]);
    await outside.client.ask('driver:location:ping', { lat: 45.4001, lng: 9.1 });
    await inside.client.ask('driver:status:update', { isAvailableForTrips: true });
    await dispatcher.waitFor<ViewportFrame>(EVENT, ({ drivers }) =>
      drivers.some((d) => d.availabilityStatus === 'AVAILABLE'),
    );
    await inside.client.ask('driver:location:ping', { lat: 41.9001, lng: 12.5 });
    await until('the move is shown', () => shownBy(dispatcher).get(inside.userId)?.lat === 41.9001);
    expect(JSON.stringify(dispatcher.received)).not.toContain(outside.userId);
    expect(new Set(dispatcher.received.map(({ event }) => event))).toEqual(
      new Set(['hello', EVENT]),
    );
  });

  it('[VIEW4] a part of the map that overlaps the last one brings what is new there, where the client asks for that', async () => {
    const place = { bbox: { west: 30, south: 10, east: 31, north: 11 }, zoom: 10 };
    const aside = { bbox: { west: 30.4, south: 10, east: 31.4, north: 11 }, zoom: 10 };
    const [leaves, stays, comes] = [
      await driverAt(10.5, 30.1),
      await driverAt(10.5, 30.6),
      await driverAt(10.5, 31.2),
    ].map(({ userId }) => userId);
    for (const keep of [true, false]) {
      const dispatcher = await cluster.connect(await cluster.addUser('admin'), 1, {
        viewport: place,
      });
      await until(
        'both are shown',
        () =>
          [...shownBy(dispatcher).keys()].toSorted().join() === [leaves, stays].toSorted().join(),
      );
      await dispatcher.ask('admin:viewport:set', { ...aside, keep });
      await until(
        'the others are shown',
        () =>
          [...shownBy(dispatcher).keys()].toSorted().join() === [stays, comes].toSorted().join(),
      );
      const frame = dispatcher
        .payloads<ViewportFrame>(EVENT)
        .find(({ drivers }) => drivers.some(({ driverId }) => driverId === comes))!;
      expect(frame.reset).toBe(!keep);
      expect(frame.left).toEqual(keep ? [leaves] : []);
      dispatcher.close();
    }
    await expect(
      (await cluster.connect(await cluster.addUser('admin'), 0)).request('admin:viewport:set', {
        ...place,
        keep: 'yes',
      }),
    ).resolves.toMatchObject({ ok: false, error: { code: 'VALIDATION_FAILED' } });
  });

  it('[VIEW1] a new viewport replaces the old one, and admin:feed:set brings all drivers back', async () => {
    const milan = await driverAt(45.5, 9.2);
    const dispatcher = await cluster.connect(await cluster.addUser('admin'), 0);
    await dispatcher.waitFor('driver:snapshot');
    const bbox = [9, 45, 10, 46];
    expect(await dispatcher.ask('admin:viewport:set', { bbox, zoom: 10 })).toEqual({
      bbox: { west: 9, south: 45, east: 10, north: 46 },
      zoom: 10,
    });
    await until('it shows Milan', () => shownBy(dispatcher).has(milan.userId));
    await dispatcher.ask('admin:viewport:set', { bbox: ROME, zoom: 10 });
    await until('it shows Rome', () => !shownBy(dispatcher).has(milan.userId));
    const snapshots = dispatcher.payloads<DriverSnapshot>('driver:snapshot').length;
    await dispatcher.ask('admin:feed:set', { mode: 'frames' });
    await until(
      'a snapshot comes',
      () => dispatcher.payloads('driver:snapshot').length > snapshots,
    );
    const frames = dispatcher.payloads(EVENT).length;
    await milan.client.ask('driver:location:ping', { lat: 45.5001, lng: 9.2 });
    await dispatcher.waitFor('driver:location:batch');
    expect(dispatcher.payloads(EVENT)).toHaveLength(frames);
  });

  it('[FAN2] the first dispatcher of an instance gets no frame before all of its view is known', async () => {
    const drivers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => driverAt(60 + i * 0.01, 20)),
    );
    // A way to Redis on which reading the fleet takes many ticks.
    const { hostname, port } = new URL(cluster.environment.REDIS_URL);
    const proxy = await startTcpProxy(Number(port), 50);
    const instance = await cluster.addInstance({ REDIS_URL: `redis://${hostname}:${proxy.port}` });
    const dispatcher = await cluster.connect(
      await cluster.addUser('admin'),
      cluster.instances.indexOf(instance),
      { viewport: { bbox: { west: 19, south: 59, east: 21, north: 61 }, zoom: 8 } },
    );
    const first = await dispatcher.waitFor<ViewportFrame>(EVENT);
    expect(first).toMatchObject({ reset: true, total: drivers.length });
    expect(first.drivers.map(({ driverId }) => driverId).toSorted()).toEqual(
      drivers.map(({ userId }) => userId).toSorted(),
    );
    dispatcher.close();
    await instance.app.close();
    cluster.instances.splice(cluster.instances.indexOf(instance), 1);
    await proxy.close();
  });

  it('[NSP3] whatever a client names on connecting, it is let in, and told what was ignored', async () => {
    const there = await driverAt(-30, -175);
    for (const viewport of [
      null,
      'Rome',
      ['x'],
      { bbox: ['1', '2', '3', 'north'], zoom: 3 },
      { bbox: [0, 0, Number.NaN, 1], zoom: 3 },
      { bbox: [0, 0, 1, 1], zoom: 'near' },
    ]) {
      const dispatcher = await cluster.connect(await cluster.addUser('admin'), 1, {
        viewport,
        feed: null,
        trips: 'all',
      });
      const { ignored } = await dispatcher.waitFor<Hello>('hello');
      expect([viewport, ignored?.map(({ field }) => field)]).toEqual([
        viewport,
        ['trips', 'feed', 'viewport'],
      ]);
      // As if nothing had been named.
      await dispatcher.waitFor('driver:snapshot');
      await until('it is shown who is there', () =>
        JSON.stringify(dispatcher.received).includes(there.userId),
      );
      expect(await dispatcher.request('admin:feed:set', { mode: 'frames' })).toMatchObject({
        ok: true,
      });
    }
    for (const [west, east] of [
      [180, 190],
      [-190, -170],
      [100, 400],
    ]) {
      const dispatcher = await cluster.connect(await cluster.addUser('admin'), 1, {
        viewport: { bbox: [west, -31, east, -29], zoom: 5 },
      });
      expect((await dispatcher.waitFor<Hello>('hello')).ignored).toBeUndefined();
      expect(await dispatcher.waitFor<ViewportFrame>(EVENT)).toMatchObject({
        total: 1,
        drivers: [{ driverId: there.userId, lng: -175 }],
      });
    }
    for (const userType of ['driver', 'passenger'] as const) {
      for (const trips of [null, 'x', [1], { 'no id': 1 }, { trip: 'one' }]) {
        const client = await cluster.connect(await cluster.addUser(userType), 0, { trips });
        const { ignored } = await client.waitFor<Hello>('hello');
        expect([trips, ignored?.length]).toEqual([trips, 1]);
        client.close();
      }
    }
  });

  it('[VIEW1] refuses a viewport that is none', async () => {
    const dispatcher = await cluster.connect(await cluster.addUser('admin'), 0);
    for (const request of [
      {},
      { bbox: [1, 2, 3], zoom: 1 },
      { bbox: ROME },
      { bbox: ROME, zoom: 99 },
      { bbox: [0, 10, 1, 5], zoom: 3 },
      { bbox: [0, 0, 541, 5], zoom: 3 },
      { bbox: ['0', '0', '1', ''], zoom: 3 },
      null,
    ]) {
      expect(await dispatcher.request('admin:viewport:set', request)).toMatchObject({
        ok: false,
        error: { code: 'VALIDATION_FAILED' },
      });
    }
  });
});
