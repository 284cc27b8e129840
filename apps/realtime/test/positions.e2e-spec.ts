import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DriverFixRefused,
  type DriverLocationUpdate,
  type FixInput,
  type LocationPingResult,
} from '#libs/contracts';
import { AvailabilityService } from '#libs/drivers';
import { LocationService } from '#libs/location';
import { until, type ToldClient } from '#libs/testing';
import { TestCluster, type TestUser } from './cluster.js';

const ROME = { lat: 41.9, lng: 12.5 };
const north = (steps: number) => ({ lat: ROME.lat + steps * 0.0001, lng: ROME.lng });
/** A decimetre a step: however fast they come, no car is that fast. */
const creep = (steps: number) => north(steps / 100);

describe('positions over two instances', () => {
  let cluster: TestCluster;
  let dispatcher: ToldClient;
  let admin: TestUser;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: { WS_RATE_PER_SECOND: '10000', WS_RATE_BURST: '10000', LOCATION_HISTORY_LENGTH: '5000' },
    });
    admin = await cluster.addUser('admin');
    dispatcher = await cluster.connect(admin, 1);
    await dispatcher.waitFor('driver:snapshot');
  });
  afterAll(() => cluster.close());

  const ping = (client: ToldClient, fix: unknown) =>
    client.request<LocationPingResult>('driver:location:ping', fix);
  const verdicts = async (client: ToldClient, fix: FixInput | FixInput[]) =>
    (await client.ask<LocationPingResult>('driver:location:ping', fix)).results.map(
      ({ verdict }) => verdict,
    );
  const shown = (driverId: string) =>
    dispatcher
      .payloads<DriverLocationUpdate>('driver:location:update')
      .filter((update) => update.driverId === driverId);
  const history = (driverId: string) =>
    cluster.instances[0]!.app.get(LocationService, { strict: false }).history(
      driverId,
      0,
      Number.MAX_SAFE_INTEGER,
    );

  it('[LOC7] a refused ping is refused to its driver, and its counts of both instances are shown to dispatchers', async () => {
    const user = await cluster.addUser('driver');
    const [here, there] = [await cluster.connect(user, 0), await cluster.connect(user, 1)];
    const answer = await ping(here, { lat: 0, lng: 0 });
    expect(answer).toMatchObject({
      ok: false,
      error: {
        code: 'FIX_REFUSED',
        retryable: false,
        details: {
          results: [{ verdict: 'implausible', reason: 'NULL_ISLAND' }],
          nextSteps: { NULL_ISLAND: expect.any(String) as string },
          serverTime: expect.any(Number) as number,
        },
      },
    });
    expect(await ping(there, [{ lat: 91, lng: 0 }, 'nowhere'])).toMatchObject({ ok: false });
    // One that is fine among them, and the ping is.
    expect(await ping(here, [{ lat: '40,7', lng: '12,5' }, ROME])).toMatchObject({
      ok: true,
      data: { results: [{ reason: 'NOT_A_POSITION' }, { verdict: 'stored' }] },
    });
    const told = await dispatcher.waitFor<DriverFixRefused>(
      'driver:fix:refused',
      ({ driverId }) => driverId === user.userId,
    );
    expect(told).toMatchObject({ total: 1, byReason: { NULL_ISLAND: 1 } });
    for (const instance of [0, 1]) {
      for (const path of ['', 'by-driver/']) {
        const response = await fetch(
          `${cluster.url(instance)}/api/driver-availability/${path}${user.userId}`,
          { headers: { authorization: `Bearer ${admin.token}` } },
        );
        expect(await response.json()).toMatchObject({
          data: {
            driverId: user.userId,
            refusedFixes: {
              total: 4,
              byReason: { NULL_ISLAND: 1, OUT_OF_RANGE: 1, NOT_A_POSITION: 2 },
              lastReason: 'NOT_A_POSITION',
            },
          },
        });
      }
    }
    // However many followed within the same seconds.
    expect(
      dispatcher
        .payloads<DriverFixRefused>('driver:fix:refused')
        .filter(({ driverId }) => driverId === user.userId),
    ).toHaveLength(1);
  });

  it('[DUTY1] a driver who is offline and goes on pinging is neither shown nor kept, on any instance, until it is online again', async () => {
    const user = await cluster.addUser('driver');
    const [here, there] = [await cluster.connect(user, 0), await cluster.connect(user, 1)];
    await here.ask('driver:status:update', { availabilityStatus: 'AVAILABLE' });
    expect(await verdicts(there, north(1))).toEqual(['stored']);
    await here.ask('driver:status:update', { availabilityStatus: 'OFFLINE' });
    for (const client of [here, there]) {
      expect(await verdicts(client, north(2))).toEqual(['off_duty']);
      expect(await verdicts(client, [north(3), north(4)])).toEqual(['off_duty', 'off_duty']);
    }
    await there.ask('driver:status:update', { isOnline: true });
    expect(await verdicts(there, north(5))).toEqual(['stored']);
    await until(
      'the driver is shown again',
      () => shown(user.userId).at(-1)?.coords.lat === north(5).lat,
    );
    const places = shown(user.userId).map(({ coords }) => coords.lat);
    for (const step of [2, 3, 4]) expect(places).not.toContain(north(step).lat);
    expect((await history(user.userId)).map(({ lat }) => lat)).toEqual(
      [1, 5].map((i) => north(i).lat),
    );
  });

  it('[DUTY1] a driver on a trip cannot go off duty and is tracked', async () => {
    const user = await cluster.addUser('driver');
    const driver = await cluster.connect(user, 0);
    await driver.ask('driver:status:update', { isOnline: false });
    expect(await verdicts(driver, north(1))).toEqual(['off_duty']);
    await driver.ask('driver:trip:set', { tripId: 'trip-of-another-system' });
    expect(await verdicts(driver, north(2))).toEqual(['stored']);
    expect(await driver.request('driver:status:update', { isOnline: false })).toMatchObject({
      ok: false,
      error: { code: 'DRIVER_ON_TRIP' },
    });
    expect(await verdicts(driver, north(3))).toEqual(['stored']);
  });

  it('[CLOCK1] one fix of a time of later holds up none of the right ones that follow', async () => {
    const user = await cluster.addUser('driver');
    const [here, there] = [await cluster.connect(user, 0), await cluster.connect(user, 1)];
    expect(await verdicts(here, { ...north(1), timestamp: Date.now() + 29_000 })).toEqual([
      'stored',
    ]);
    for (const [i, client] of [here, there, here, there].entries()) {
      const before = Date.now();
      await until('the clock has moved on', () => Date.now() > before + 1);
      expect(await verdicts(client, { ...north(2 + i), timestamp: Date.now() })).toEqual([
        'stored',
      ]);
    }
    await until('the last is shown', () => shown(user.userId).at(-1)?.coords.lat === north(5).lat);
    for (const { ageMs, timestamp } of shown(user.userId)) {
      expect(ageMs).toBeGreaterThanOrEqual(0);
      expect(Date.parse(timestamp)).toBeLessThanOrEqual(Date.now());
    }
  });

  it.each([-25_000, 25_000])(
    '[CLOCK1] a car whose phone is off by %d ms is shown live where it is, also over a change of the clock',
    async (offset) => {
      const user = await cluster.addUser('driver');
      const driver = await cluster.connect(user, 0);
      let step = 0;
      const driveUntilRight = async (off: number) => {
        const from = step;
        await until('the car is shown at the time of the server', async () => {
          step += 1;
          const [verdict] = await verdicts(driver, { ...creep(step), timestamp: Date.now() + off });
          const last = shown(user.userId).at(-1);
          return (
            verdict === 'stored' &&
            last !== undefined &&
            last.coords.lat > creep(Math.max(from, step - 15)).lat &&
            last.quality === 'live' &&
            Math.abs(Date.parse(last.timestamp) - Date.now()) < 1_500
          );
        });
      };
      await driveUntilRight(offset);
      await driveUntilRight(0);
      await driveUntilRight(-offset);
      // A newer connection, on another instance, knows what is known of the clock.
      const next = await cluster.connect(user, 1);
      expect(await verdicts(next, { ...creep(step + 1), timestamp: Date.now() - offset })).toEqual([
        'stored',
      ]);
      const times = (await history(user.userId)).map(({ lat }) => lat);
      expect(times, 'the way in its order').toEqual(times.toSorted((a, b) => a - b));
    },
  );

  it('[ORD2] a ping without a time that a newer connection has overtaken does not become the newest', async () => {
    const user = await cluster.addUser('driver');
    const old = await cluster.connect(user, 0);
    expect(await verdicts(old, north(1))).toEqual(['stored']);
    const next = await cluster.connect(user, 1);
    expect(await verdicts(next, north(3))).toEqual(['stored']);
    // In the same millisecond it is one more fix of that time.
    expect(['stale', 'duplicate']).toContain((await verdicts(old, north(2)))[0]);
    expect(await verdicts(next, north(4))).toEqual(['stored']);
    await until(
      'the newest is shown',
      () => shown(user.userId).at(-1)?.coords.lat === north(4).lat,
    );
    expect(shown(user.userId).map(({ coords }) => coords.lat)).not.toContain(north(2).lat);
  });

  it('[TRIP3] a trip may be named by its bare id; a trip that is not named clears none', async () => {
    for (const payload of ['no-such-trip', { tripId: 'no-such-trip' }]) {
      expect(await dispatcher.request('admin:trip:join', payload)).toMatchObject({
        ok: false,
        error: { code: 'NOT_FOUND' },
      });
    }
    const driver = await cluster.connect(await cluster.addUser('driver'), 0);
    await driver.ask('driver:trip:set', { tripId: 'trip-1' });
    for (const payload of [{}, undefined, { trip: null }, { tripId: 'a', currentTripId: 'b' }]) {
      expect(await driver.request('driver:trip:set', payload)).toMatchObject({
        ok: false,
        error: { code: 'VALIDATION_FAILED' },
      });
    }
    expect(await driver.ask('driver:status:update', { isOnline: 'true' })).toMatchObject({
      currentTripId: 'trip-1',
    });
  });

  describe('over REST', () => {
    const call = async (user: TestUser, method: string, path: string, body?: object) => {
      const response = await fetch(`${cluster.url(0)}/api/${path}`, {
        method,
        headers: {
          authorization: `Bearer ${user.token}`,
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      return { status: response.status, ...((await response.json()) as object) } as {
        status: number;
        data: never;
        meta?: { total: number; nextAfter: string | null };
      };
    };

    it('[LOC1] a driver without a socket reports its position, is live by it, and is shown to dispatchers', async () => {
      const user = await cluster.addUser('driver');
      for (const path of ['driver-availability/ping-location', 'users/ping-location']) {
        // A sign of life.
        expect(await call(user, 'POST', path, {})).toMatchObject({
          status: 200,
          data: { results: [], serverTime: expect.any(Number) as number },
        });
        const fix = { lat: '41.9', lng: 12.5, accuracyMeters: -1, reportedAt: new Date() };
        const { data } = await call(user, 'POST', path, { ...fix, forceSave: true });
        expect(data).toMatchObject({ results: [{ verdict: 'stored' }] });
      }
      // In every spelling of a ping: none of them is a mere sign of life.
      const place = { type: 'Point', coordinates: [12.5, 41.9] };
      const reportedAt = new Date().toISOString();
      for (const fix of [
        { lastLocation: place, lastLocationTimestamp: reportedAt },
        { ...place, ts: reportedAt },
        { point: { ...place, time: reportedAt } },
        { position: { lat: 41.9, lng: 12.5 }, time: reportedAt },
      ]) {
        const { data } = await call(user, 'POST', 'driver-availability/ping-location', fix);
        expect(data).toMatchObject({ results: [{ verdict: expect.any(String) as string }] });
      }
      await until('the driver is shown', () => shown(user.userId).length > 0);
      expect(
        await call(user, 'POST', 'driver-availability/ping-location', { lat: 0, lng: 0 }),
      ).toMatchObject({ status: 422, error: { reason: 'FIX_REFUSED' } });
      const listed = (query: string) =>
        call(admin, 'GET', `driver-availability?driverId=${user.userId}${query}`);
      expect(await listed('')).toMatchObject({
        data: [{ driverId: user.userId, lastLocation: { lat: 41.9 } }],
        meta: { total: 1, page: 1 },
      });
      expect((await listed('&isOnline=true')).meta!.total).toBe(0);
      expect((await listed('&page=2')).data).toEqual([]);
      expect((await listed('&isOnline=perhaps')).status).toBe(400);
    });

    it('[REST10] the list of drivers goes on behind the last one, whoever comes and goes meanwhile', async () => {
      const trip = `trip-${Date.now()}`;
      const names = ['a', 'b', 'c', 'd', 'e'].map((letter) => `listed-${letter}`);
      const users = await Promise.all(names.map((userId) => cluster.addUser('driver', { userId })));
      const report = async (user: TestUser) => {
        await call(user, 'POST', 'driver-availability/ping-location', {});
        await cluster.instances[0]!.app.get(AvailabilityService, { strict: false }).setTrip(
          user.userId,
          trip,
        );
      };
      const [a, b, c, d, e] = users as [TestUser, TestUser, TestUser, TestUser, TestUser];
      for (const user of [b, c, d]) await report(user);
      const listed = async (query: string) => {
        const path = `driver-availability?currentTripId=${trip}&limit=2${query}`;
        const { data, meta } = await call(admin, 'GET', path);
        const drivers = data as { driverId: string }[];
        return [drivers.map(({ driverId }) => driverId), meta!.nextAfter, meta!.total];
      };
      expect(await listed('')).toEqual([[b.userId, c.userId], c.userId, 3]);
      await report(a);
      await report(e);
      expect(await listed(`&after=${c.userId}`)).toEqual([[d.userId, e.userId], null, 2]);
      expect(await listed(`&after=${e.userId}`)).toEqual([[], null, 0]);
    });

    it('[AVAIL2] dispatchers find a driver whom an id that is no trip keeps busy, and free it', async () => {
      const user = await cluster.addUser('driver');
      const cab = await cluster.connect(user, 1);
      await cab.ask('driver:status:update', { isOnline: true });
      await cab.ask('driver:trip:set', { tripId: 'no-trip-at-all' });
      const listed = async (is: boolean) =>
        (await call(admin, 'GET', `driver-availability?hasForeignTrip=${is}&limit=100`)).data;
      const one = `driver-availability/${user.userId}`;
      expect(await listed(true)).toContainEqual(
        expect.objectContaining({ driverId: user.userId, currentTripId: 'no-trip-at-all' }),
      );
      expect((await call(admin, 'GET', one)).data).toMatchObject({
        availabilityStatus: 'BUSY',
        hasForeignTrip: true,
      });
      expect((await call(user, 'DELETE', `${one}/trip`)).status).toBe(403);
      expect(await call(admin, 'DELETE', `${one}/trip`)).toMatchObject({
        status: 200,
        data: { currentTripId: null, isAvailableForTrips: true },
      });
      await cab.waitFor<{ currentTripId: string | null }>(
        'driver:trip:update',
        ({ currentTripId }) => currentTripId === null,
      );
      expect((await call(admin, 'GET', one)).data).toMatchObject({ hasForeignTrip: false });
      expect(await listed(true)).not.toContainEqual(
        expect.objectContaining({ driverId: user.userId }),
      );
      expect((await call(admin, 'DELETE', 'driver-availability/nobody/trip')).status).toBe(404);
    });

    it('[DUTY1] a status set over REST holds for the socket and is told to it', async () => {
      const user = await cluster.addUser('driver');
      const driver = await cluster.connect(user, 1);
      const path = 'driver-availability/status-by-driver';
      expect(await call(user, 'PATCH', path, { availabilityStatus: 'available' })).toMatchObject({
        status: 200,
        data: { isOnline: true, isAvailableForTrips: true },
      });
      await driver.waitFor<{ isOnline: boolean }>(
        'driver:availability:update',
        ({ isOnline }) => isOnline,
      );
      await call(user, 'PATCH', path, { isOnline: 'false', driverId: user.userId });
      expect(await verdicts(driver, north(1))).toEqual(['off_duty']);
      expect(await call(user, 'POST', 'driver-availability/ping-location', north(1))).toMatchObject(
        { data: { results: [{ verdict: 'off_duty' }] } },
      );
    });

    it('[REST3] nobody reports for another, and only admins list drivers', async () => {
      const [driver, other, passenger] = await Promise.all([
        cluster.addUser('driver'),
        cluster.addUser('driver'),
        cluster.addUser('passenger'),
      ]);
      const status = 'driver-availability/status-by-driver';
      const pingPath = 'driver-availability/ping-location';
      const wrong = { isOnline: true, driverId: other.userId };
      expect((await call(driver, 'PATCH', status, wrong)).status).toBe(403);
      expect((await call(passenger, 'PATCH', status, { isOnline: true })).status).toBe(403);
      expect((await call(passenger, 'POST', pingPath, ROME)).status).toBe(403);
      expect(
        (await call(driver, 'POST', pingPath, { ...ROME, driverId: other.userId })).status,
      ).toBe(400);
      expect((await call(driver, 'GET', 'driver-availability')).status).toBe(403);
      expect((await call(passenger, 'GET', 'driver-availability')).status).toBe(403);
      expect((await fetch(`${cluster.url(0)}/api/driver-availability`)).status).toBe(401);
      expect(await call(passenger, 'POST', 'users/ping-location', ROME)).toMatchObject({
        status: 200,
        data: { results: [] },
      });
      expect(shown(passenger.userId)).toEqual([]);
    });
  });
});
