import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type AvailabilitySnapshot,
  type DriverLocationBatch,
  type DriverLocationUpdate,
  type DriverOffline,
  type DriverQualityUpdate,
  type DriverSnapshot,
  type DriverTripUpdate,
  type Hello,
  type LiveDriver,
  type LocationPingResult,
} from '#libs/contracts';
import { ShardSubscriber } from '#libs/redis';
import { until, type ToldClient } from '#libs/testing';
import { ConnectionLifecycle } from '../src/socket/connection/connection-lifecycle.js';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { TestCluster } from './cluster.js';

const ROME = { lat: 41.9, lng: 12.5 };

describe('from a driver to the dispatchers', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        DRIVER_LEASE: '20s',
        DRIVER_GRACE: '500ms',
        WS_PING_INTERVAL: '1s',
        REAPER_INTERVAL: '100ms',
        QUALITY_DELAYED_AFTER: '6s',
        QUALITY_STALE_AFTER: '9s',
        QUALITY_LOST_AFTER: '12s',
      },
    });
  });
  afterAll(() => cluster.close());

  const admin = async (instance: number, auth: Record<string, unknown> = {}) =>
    cluster.connect(await cluster.addUser('admin'), instance, auth);
  /** The drivers that are gone once one that leaves now is: whose lease ended earlier is among them. */
  const goneByNow = async (dispatcher: ToldClient): Promise<string[]> => {
    const marker = await cluster.addUser('driver');
    (await cluster.connect(marker, 0)).close();
    await dispatcher.waitFor<DriverOffline>('driver:offline', (f) => f.driverId === marker.userId);
    return dispatcher.payloads<DriverOffline>('driver:offline').map(({ driverId }) => driverId);
  };
  const inSnapshots = (client: Pick<ToldClient, 'payloads'>) =>
    new Map<string, LiveDriver>(
      client
        .payloads<DriverSnapshot>('driver:snapshot')
        .flatMap(({ drivers }) => drivers.map((d) => [d.driverId, d] as const)),
    );

  it('[LOC1] a position acknowledged by one instance is shown by the other, once in every spelling', async () => {
    const dispatcher = await admin(1);
    await dispatcher.waitFor('driver:snapshot');
    const user = await cluster.addUser('driver');
    const driver = await cluster.connect(user, 0);
    const timestamp = new Date().toISOString();
    const answer = await driver.ask<LocationPingResult>('driver:location:ping', {
      latitude: ROME.lat,
      longitude: ROME.lng,
      lastLocationTimestamp: timestamp,
      accuracy: 12.34,
      heading: 90,
      speed: 8,
    });
    expect(answer.results).toEqual([{ verdict: 'stored' }]);
    const update = await dispatcher.waitFor<DriverLocationUpdate>(
      'driver:location:update',
      (u) => u.driverId === user.userId,
    );
    expect(update).toEqual({
      driverId: user.userId,
      lastLocation: { ...ROME, type: 'Point', coordinates: [ROME.lng, ROME.lat] },
      coords: ROME,
      lastLocationTimestamp: timestamp,
      timestamp,
      accuracy: 12.3,
      heading: 90,
      speed: 8,
      ageMs: expect.any(Number),
      quality: 'live',
    });
  });

  it('[FAN2] a dispatcher gets all live drivers first, then every change, on any instance', async () => {
    const drivers = await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        const user = await cluster.addUser('driver');
        const client = await cluster.connect(user, i % 2);
        await client.ask('driver:location:ping', { lat: ROME.lat + i * 0.01, lng: ROME.lng });
        return { user, client, lat: ROME.lat + i * 0.01 };
      }),
    );
    const dispatcher = await admin(0);
    await until('the snapshot names all', () =>
      drivers.every(({ user }) => inSnapshots(dispatcher).has(user.userId)),
    );
    for (const { user, lat } of drivers) {
      expect(inSnapshots(dispatcher).get(user.userId)).toMatchObject({
        position: { lat, lng: ROME.lng, quality: expect.any(String) },
      });
    }
    expect(dispatcher.received.findIndex(({ event }) => event === 'driver:location:update')).toBe(
      -1,
    );
    await drivers[5]!.client.ask('driver:location:ping', {
      lat: drivers[5]!.lat + 0.0001,
      lng: ROME.lng,
    });
    await dispatcher.waitFor<DriverLocationUpdate>(
      'driver:location:update',
      (u) => u.driverId === drivers[5]!.user.userId,
    );
  });

  it('[FAN2] what stands in the snapshot of the first dispatcher is not sent again as a change', async () => {
    const instance = await cluster.addInstance();
    const [still, moving] = [await cluster.addUser('driver'), await cluster.addUser('driver')];
    const quiet = await cluster.connect(still, 0);
    await quiet.ask('driver:location:ping', ROME);
    const mover = await cluster.connect(moving, 0);
    const user = await cluster.addUser('admin');
    const dispatcher = await cluster.connect(user, cluster.instances.indexOf(instance));
    await dispatcher.waitFor('driver:snapshot');
    expect(inSnapshots(dispatcher).has(still.userId)).toBe(true);
    await mover.ask('driver:location:ping', ROME);
    await dispatcher.waitFor<DriverLocationUpdate>(
      'driver:location:update',
      ({ driverId }) => driverId === moving.userId,
    );
    // That it grows old is a change.
    const changes = dispatcher.received.filter(
      ({ event }) => event.endsWith(':update') && event !== 'driver:quality:update',
    );
    expect(JSON.stringify(changes)).not.toContain(still.userId);
  });

  it('[FAN2] no dispatcher that joins while drivers move ends with anything but their newest positions', async () => {
    const user = await cluster.addUser('driver');
    const driver = await cluster.connect(user, 0);
    const joined: Awaited<ReturnType<typeof admin>>[] = [];
    let lat = 0;
    for (let step = 1; step <= 30; step += 1) {
      lat = ROME.lat + step * 0.0001;
      await driver.ask('driver:location:ping', { lat, lng: ROME.lng });
      if (step % 5 === 0) joined.push(await admin(step % 2));
    }
    await until('all show the newest position', () =>
      joined.every((dispatcher) => {
        const updates = dispatcher
          .payloads<DriverLocationUpdate>('driver:location:update')
          .filter((u) => u.driverId === user.userId);
        const shown =
          updates.at(-1)?.lastLocation.lat ??
          inSnapshots(dispatcher).get(user.userId)?.position?.lat;
        return shown === lat;
      }),
    );
  });

  it('[FAN4] a dispatcher who asks for frames gets one batch a tick instead of an event a driver', async () => {
    const dispatcher = await admin(1, { feed: 'frames' });
    await dispatcher.waitFor('driver:snapshot');
    const user = await cluster.addUser('driver');
    const driver = await cluster.connect(user, 0);
    await driver.ask('driver:location:ping', ROME);
    const batch = await dispatcher.waitFor<DriverLocationBatch>('driver:location:batch', (b) =>
      b.drivers.some((d) => d.driverId === user.userId),
    );
    expect(batch.drivers.find((d) => d.driverId === user.userId)).toMatchObject({
      ...ROME,
      quality: 'live',
    });
    expect(dispatcher.payloads('driver:location:update')).toEqual([]);
    expect(await dispatcher.ask('admin:feed:set', { mode: 'events' })).toEqual({ mode: 'events' });
    await driver.ask('driver:location:ping', { lat: 41.9002, lng: 12.5 });
    await dispatcher.waitFor<DriverLocationUpdate>(
      'driver:location:update',
      (u) => u.driverId === user.userId,
    );
  });

  it('[AVAIL1] a status is acknowledged with the snapshot and shown to driver and dispatchers', async () => {
    const dispatcher = await admin(1);
    await dispatcher.waitFor('driver:snapshot');
    const user = await cluster.addUser('driver');
    const [phone, tablet] = [await cluster.connect(user, 0), await cluster.connect(user, 1)];
    const cases = [
      [
        { availabilityStatus: 'AVAILABLE' },
        {
          isOnline: true,
          isAvailableForTrips: true,
          availabilityReason: null,
          availabilityStatus: 'AVAILABLE',
        },
      ],
      [
        { isAvailableForTrips: false },
        {
          isOnline: true,
          isAvailableForTrips: false,
          availabilityReason: 'UNAVAILABLE',
          availabilityStatus: 'BUSY',
        },
      ],
      [
        { isOnline: false },
        {
          isOnline: false,
          isAvailableForTrips: false,
          availabilityReason: 'OFFLINE',
          availabilityStatus: 'OFFLINE',
        },
      ],
      [
        { isAvailableForTrips: true },
        {
          isOnline: true,
          isAvailableForTrips: true,
          availabilityReason: null,
          availabilityStatus: 'AVAILABLE',
        },
      ],
    ] as const;
    for (const [request, expected] of cases) {
      const snapshot = await phone.ask<AvailabilitySnapshot>('driver:status:update', request);
      expect(snapshot).toMatchObject({
        id: user.userId,
        driverId: user.userId,
        deletedAt: null,
        currentTripId: null,
        ...expected,
      });
      for (const client of [tablet, dispatcher]) {
        expect(
          await client.waitFor<AvailabilitySnapshot>(
            'driver:availability:update',
            (s) => s.driverId === user.userId && s.version === snapshot.version,
          ),
        ).toEqual(snapshot);
      }
    }
  });

  it('[AVAIL2] a driver on a trip is online and cannot be made available or offline', async () => {
    const dispatcher = await admin(0);
    await dispatcher.waitFor('driver:snapshot');
    const user = await cluster.addUser('driver');
    const driver = await cluster.connect(user, 1);
    const onTrip = await driver.ask<AvailabilitySnapshot>('driver:trip:set', { tripId: 'trip-1' });
    expect(onTrip).toMatchObject({
      currentTripId: 'trip-1',
      isOnline: true,
      isAvailableForTrips: false,
      availabilityReason: 'ON_TRIP',
      availabilityStatus: 'BUSY',
    });
    expect(
      await dispatcher.waitFor<DriverTripUpdate>(
        'driver:trip:update',
        (u) => u.driverId === user.userId,
      ),
    ).toMatchObject({ currentTripId: 'trip-1' });
    for (const request of [{ isAvailableForTrips: true }, { isOnline: false }]) {
      expect(await driver.request('driver:status:update', request)).toMatchObject({
        ok: false,
        error: { code: 'DRIVER_ON_TRIP', retryable: false },
      });
    }
    expect(
      await driver.ask<AvailabilitySnapshot>('driver:trip:set', { currentTripId: null }),
    ).toMatchObject({
      currentTripId: null,
      isAvailableForTrips: true,
      availabilityReason: null,
    });
  });

  it('[QUAL1] a position that grows old changes its quality by events until it is lost', async () => {
    const dispatcher = await admin(1);
    await dispatcher.waitFor('driver:snapshot');
    const user = await cluster.addUser('driver');
    const driver = await cluster.connect(user, 0);
    await driver.ask('driver:location:ping', ROME);
    const seen = () =>
      dispatcher
        .payloads<DriverQualityUpdate>('driver:quality:update')
        .filter((u) => u.driverId === user.userId)
        .map(({ quality }) => quality);
    await until('it is lost', () => seen().includes('lost'));
    expect(seen()).toEqual(['delayed', 'stale', 'lost']);
    await driver.ask('driver:location:ping', { lat: 41.9001, lng: 12.5 });
    await until('it is live again', () => seen().at(-1) === 'live');
  });

  it('[LOC2] a driver that leaves is gone after the grace period, with an event, and from the search', async () => {
    const dispatcher = await admin(1);
    await dispatcher.waitFor('driver:snapshot');
    const user = await cluster.addUser('driver');
    const driver = await cluster.connect(user, 0);
    driver.close();
    const fact = await dispatcher.waitFor<DriverOffline>(
      'driver:offline',
      (f) => f.driverId === user.userId,
    );
    expect(fact.reason).toBe('LEASE_LAPSED');
  });

  it('[LOC2] an older connection that closes late ends nothing', async () => {
    const dispatcher = await admin(1);
    await dispatcher.waitFor('driver:snapshot');
    const user = await cluster.addUser('driver');
    const old = await cluster.connect(user, 0);
    const fresh = await cluster.connect(user, 1);
    expect(fresh.payloads<Hello>('hello')[0]!.epoch).toBeGreaterThan(
      old.payloads<Hello>('hello')[0]!.epoch!,
    );
    old.close();
    expect(await goneByNow(dispatcher)).not.toContain(user.userId);
    expect((await fresh.request('driver:location:ping', ROME)).ok).toBe(true);
  });

  it('[LOC2] a connection that closes before it is greeted ends nothing of a newer one', async () => {
    const dispatcher = await admin(1);
    await dispatcher.waitFor('driver:snapshot');
    const user = await cluster.addUser('driver');
    const { app } = cluster.instances[0]!;
    const registry = app.get(ConnectionRegistry, { strict: false });
    const lifecycle = app.get(ConnectionLifecycle, { strict: false });
    const subscriber = app.get(ShardSubscriber, { strict: false });
    const settled = subscriber.settled.bind(subscriber);
    let letJoin: () => void = () => undefined;
    const mayJoin = new Promise<void>((resolve) => (letJoin = resolve));
    const joining = vi.spyOn(subscriber, 'settled').mockImplementation(() => mayJoin.then(settled));
    let fresh: ToldClient;
    try {
      const old = cluster.openBareOf(user, 0);
      await until('it is let in', () => old.isConnected);
      old.close();
      await until('it has left', () => registry.ofUser(user.userId).length === 0);
      fresh = await cluster.connect(user, 1);
    } finally {
      letJoin();
      joining.mockRestore();
    }
    await until('nothing of it is left', () => lifecycle.goodbyesUnderWay === 0);
    expect(await goneByNow(dispatcher)).not.toContain(user.userId);
    expect((await fresh.request('driver:location:ping', ROME)).ok).toBe(true);
  });

  it('[LOC2] a driver that comes back in time still wants to be available', async () => {
    const user = await cluster.addUser('driver');
    const dispatcher = await admin(1);
    const first = await cluster.connect(user, 0);
    await first.ask('driver:status:update', { availabilityStatus: 'AVAILABLE' });
    first.close();
    await dispatcher.waitFor<DriverOffline>('driver:offline', (f) => f.driverId === user.userId);
    const second = await cluster.connect(user, 1);
    expect(await second.waitFor<AvailabilitySnapshot>('driver:availability:update')).toMatchObject({
      availabilityStatus: 'AVAILABLE',
    });
  });
});
