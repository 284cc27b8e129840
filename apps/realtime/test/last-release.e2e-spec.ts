import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { type TripView } from '#libs/contracts';
import { LocationService } from '#libs/location';
import { openRedis, testEnvironment } from '#libs/testing';
import { TripsService } from '#libs/trips';
import { TestCluster, type TestUser } from './cluster.js';

/** What the release before left in Redis, key by key as DUMP gives it, on a trip whose driver has arrived. */
interface Fixture {
  release: string;
  tripId: string;
  driver: { userId: string; sid: string };
  passenger: { userId: string; sid: string };
  records: Record<string, string>;
}
const fixture = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'fixtures/records-0.1.0.json'), 'utf8'),
) as Fixture;
const FIXTURE_PREFIX = 'last-release:';
const LATER_MS = 10 * 60_000;

describe(`what release ${fixture.release} left in Redis`, () => {
  let cluster: TestCluster;
  /** When the lease of an instance of that release is over, which was killed just before, epoch ms. */
  const olderEndsAt = Date.now() + 2_000;
  let startedAt = 0;

  beforeAll(async () => {
    const { REDIS_URL, REDIS_KEY_PREFIX } = testEnvironment();
    const redis = openRedis(REDIS_URL);
    for (const [key, dump] of Object.entries(fixture.records)) {
      const name = key.replace(FIXTURE_PREFIX, REDIS_KEY_PREFIX);
      await redis.restore(name, 0, Buffer.from(dump, 'base64'));
    }
    // What was about to happen then is long over by now: the times that end something are put off.
    const later = Date.now() + LATER_MS;
    for (const { sid } of [fixture.driver, fixture.passenger])
      await redis.hset(`${REDIS_KEY_PREFIX}{auth}:session:${sid}`, 'expiresAt', later);
    for (const { userId, sid } of [fixture.driver, fixture.passenger])
      await redis.zadd(`${REDIS_KEY_PREFIX}{auth}:sessions:${userId}`, later, sid);
    await redis.zadd(`${REDIS_KEY_PREFIX}{dispatch}:leases`, later, fixture.driver.userId);
    const contact = `${olderEndsAt} 127.0.0.1 3000 a-key`;
    await redis.hset(`${REDIS_KEY_PREFIX}{instances}:contacts`, 'old', contact);
    redis.disconnect();
    cluster = await TestCluster.start({ env: { REDIS_KEY_PREFIX } });
    startedAt = Date.now();
  });
  afterAll(() => cluster?.close());

  const serviceOf = <T>(type: new (...args: never[]) => T): T =>
    cluster.instances[0]!.app.get<T>(type, { strict: false });
  const back = async (person: Fixture['driver'], userType: TestUser['userType']) =>
    cluster.connect(
      { ...person, userType, token: await cluster.tokenFor({ ...person, userType }) },
      0,
    );

  it('[RELEASE3] instances start once the last one of that release has ended', () => {
    expect(startedAt).toBeGreaterThanOrEqual(olderEndsAt);
  });

  it('[RELEASE1] people log in, and sessions go on', async () => {
    const account = await serviceOf(AccountsService).verifyPassword(
      { email: 'Kept@example.com' },
      'correct horse',
    );
    expect(account).toMatchObject({ userType: 'passenger', email: 'kept@example.com' });
    const passenger = await back(fixture.passenger, 'passenger');
    passenger.close();
  });

  it('[RELEASE1] the trip goes on where it was, its history is told, and it comes to its end', async () => {
    const { tripId } = fixture;
    const passenger = await back(fixture.passenger, 'passenger');
    const driver = await back(fixture.driver, 'driver');
    const trip = await serviceOf(TripsService).get(tripId);
    expect(trip).toMatchObject({ status: 'arriving', driverId: fixture.driver.userId });
    const history = await serviceOf(TripsService).historyAfter(tripId, 0);
    expect(history?.map(({ version }) => version)).toEqual(history?.map((_, i) => i + 1));
    expect(history?.map(({ type }) => type)).toContain('driver_arrived_pickup');
    const started = await driver.ask<TripView>('trip:start', { tripId });
    expect(started.status).toBe('in_progress');
    await driver.ask('driver:location:ping', { lat: 41.9, lng: 12.5 });
    const completed = await driver.ask<TripView>('trip:complete', { tripId });
    expect(completed.status).toBe('completed');
    await passenger.waitFor('trip:completed');
  });

  it('[RELEASE1] where drivers have been is read', async () => {
    const history = await serviceOf(LocationService).history(fixture.driver.userId, 0, Date.now());
    expect(history.length).toBeGreaterThan(0);
  });
});
