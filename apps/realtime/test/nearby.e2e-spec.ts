import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NearbyDriver } from '#libs/fleet';
import { until } from '#libs/testing';
import { TestCluster, type TestUser } from './cluster.js';

const CENTER = { lat: -33.45, lng: -70.66 };

interface Envelope<T> {
  success: boolean;
  data: T;
  error?: { code: string; reason: string; details?: string[] };
}

describe('nearby search and a driver over REST', () => {
  let cluster: TestCluster;
  let admin: TestUser;
  const users: TestUser[] = [];

  const get = async <T>(
    path: string,
    user: TestUser,
    instance = 1,
  ): Promise<{ status: number; body: Envelope<T> }> => {
    const response = await fetch(`${cluster.url(instance)}/api/driver-availability/${path}`, {
      headers: { authorization: `Bearer ${user.token}` },
    });
    return { status: response.status, body: (await response.json()) as Envelope<T> };
  };
  const nearby = (query: string, user = admin) =>
    get<NearbyDriver[]>(`nearby?lat=${CENTER.lat}&lng=${CENTER.lng}&${query}`, user);

  beforeAll(async () => {
    cluster = await TestCluster.start({ env: { REAPER_INTERVAL: '100ms', DRIVER_GRACE: '200ms' } });
    admin = await cluster.addUser('admin');
    // 111 m apart to the north; the third is busy.
    for (const [i, availabilityStatus] of [
      'AVAILABLE',
      'AVAILABLE',
      'BUSY',
      'AVAILABLE',
    ].entries()) {
      const user = await cluster.addUser('driver');
      users.push(user);
      const driver = await cluster.connect(user, 0);
      await driver.ask('driver:status:update', { availabilityStatus });
      await driver.ask('driver:location:ping', {
        lat: CENTER.lat + i * 0.001,
        lng: CENTER.lng,
        timestamp: Date.now() - i * 10_000,
      });
    }
  });
  afterAll(() => cluster.close());

  const idsOf = (drivers: NearbyDriver[]) =>
    drivers.map(({ driverId }) => users.findIndex(({ userId }) => userId === driverId));

  it('[LOC5] finds available drivers on any instance, nearest first, with distance, arrival, age and quality', async () => {
    const { status, body } = await nearby('radiusMeters=1000');
    expect(status).toBe(200);
    expect(idsOf(body.data)).toEqual([0, 1, 3]);
    expect(body.data[2]).toMatchObject({
      availabilityStatus: 'AVAILABLE',
      distanceMeters: 334,
      etaMs: 60_000,
      position: { quality: 'delayed' },
    });
    expect(body.data[2]!.position.ageMs).toBeGreaterThanOrEqual(30_000);
  });

  it('[LOC5] keeps to radius, limit, age, and shows busy drivers when asked', async () => {
    expect(idsOf((await nearby('radiusMeters=150')).body.data)).toEqual([0, 1]);
    expect(idsOf((await nearby('limit=1')).body.data)).toEqual([0]);
    expect(idsOf((await nearby('maxAgeMs=29000')).body.data)).toEqual([0, 1]);
    expect(idsOf((await nearby('includeUnavailable=true')).body.data)).toEqual([0, 1, 2, 3]);
  });

  it('[LOC5] refuses what makes no sense, with the reason', async () => {
    for (const query of [
      'radiusMeters=0',
      'radiusMeters=20001',
      'limit=501',
      'limit=x',
      'unknown=1',
    ]) {
      const { status, body } = await nearby(query);
      expect(status, query).toBe(400);
      expect(body.error).toMatchObject({ code: 'Bad Request', reason: 'VALIDATION_FAILED' });
    }
    expect((await get('nearby?lat=91&lng=0', admin)).status).toBe(400);
  });

  it('[LEAK1] drivers see themselves only; positions of others are for admins', async () => {
    const passenger = await cluster.addUser('passenger');
    for (const user of [users[0]!, passenger]) {
      expect((await nearby('', user)).status).toBe(403);
      expect((await get(`by-driver/${users[1]!.userId}`, user)).status).toBe(403);
      expect((await get(`${users[1]!.userId}/history`, user)).status).toBe(403);
    }
    expect((await get<{ driverId: string }>('driver-auth', users[0]!)).body.data.driverId).toBe(
      users[0]!.userId,
    );
    expect((await get('by-driver/nobody', admin)).status).toBe(404);
    expect((await get<unknown[]>(`${users[1]!.userId}/history`, admin)).body.data).toHaveLength(1);
  });

  it('[LOC2] a driver that is gone is found no more, its last position is still known', async () => {
    const user = await cluster.addUser('driver');
    const driver = await cluster.connect(user, 0);
    const here = { lat: CENTER.lat + 0.1, lng: CENTER.lng };
    await driver.ask('driver:status:update', { availabilityStatus: 'AVAILABLE' });
    await driver.ask('driver:location:ping', here);
    const there = () => get<NearbyDriver[]>(`nearby?lat=${here.lat}&lng=${here.lng}`, admin);
    expect((await there()).body.data).toHaveLength(1);
    driver.close();
    await until('it is gone', async () => (await there()).body.data.length === 0);
    const { body } = await get<NearbyDriver>(`by-driver/${user.userId}`, admin);
    expect(body.data).toMatchObject({
      isOnline: false,
      availabilityReason: 'OFFLINE',
      lastLocation: here,
    });
  });
});
