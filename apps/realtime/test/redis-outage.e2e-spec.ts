import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionsService } from '#libs/auth';
import {
  SessionEndReason,
  type AvailabilitySnapshot,
  type ConnectionClosing,
  type DriverLocationUpdate,
  type DriverQualityUpdate,
  type LocationPingResult,
} from '#libs/contracts';
import { openRedis, startTcpProxy, until, type ToldClient } from '#libs/testing';
import { startRedis, type OwnRedis } from '../../../scripts/redis.mjs';
import { TestCluster, type ClusterInstance } from './cluster.js';

const ROME = { lat: 41.9, lng: 12.5 };
const QUICK = {
  REDIS_COMMAND_TIMEOUT: '2s',
  QUALITY_DELAYED_AFTER: '700ms',
  QUALITY_STALE_AFTER: '1400ms',
  QUALITY_LOST_AFTER: '2100ms',
};

const isReady = async ({ url }: ClusterInstance) =>
  (await fetch(`${url}/health/ready`)).status === 200;
const ping = (driver: ToldClient, step: number) =>
  driver.request<LocationPingResult>('driver:location:ping', {
    lat: ROME.lat + step * 0.0001,
    lng: ROME.lng,
  });

describe('Redis away', () => {
  let redis: OwnRedis;
  let cluster: TestCluster;

  beforeAll(async () => {
    redis = await startRedis({ appendOnly: true, quiet: true });
    cluster = await TestCluster.start({ env: { ...QUICK, REDIS_URL: redis.url } });
  });
  afterAll(async () => {
    await cluster.close();
    await redis.stop();
  });

  it('[REDIS1] requests are refused with a code, local delivery goes on, and nothing stale is shown afterwards', async () => {
    const dispatchers = await Promise.all(
      [0, 1].map(async (i) => cluster.connect(await cluster.addUser('admin'), i)),
    );
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.waitFor('driver:snapshot')));
    const user = await cluster.addUser('driver');
    const driver = await cluster.connect(user, 0);
    expect((await ping(driver, 1)).ok).toBe(true);
    const latsSeen = (dispatcher: ToldClient) =>
      dispatcher
        .payloads<DriverLocationUpdate>('driver:location:update')
        .map(({ coords }) => coords.lat);
    await until('both show the first fix', () =>
      dispatchers.every((d) => latsSeen(d).length === 1),
    );

    await redis.kill();
    const refused = await ping(driver, 2);
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'REDIS_UNAVAILABLE', retryable: true },
    });
    for (const instance of cluster.instances) {
      await until('it says that it is not ready', async () => !(await isReady(instance)));
    }
    // The instance goes on by itself: positions grow old before the dispatchers' eyes.
    for (const dispatcher of dispatchers) {
      await dispatcher.waitFor<DriverQualityUpdate>(
        'driver:quality:update',
        ({ quality }) => quality === 'lost',
      );
    }
    expect(driver.isConnected).toBe(true);

    await redis.restart();
    for (const instance of cluster.instances)
      await until('it is ready again', () => isReady(instance));
    await until('the next fix is taken', async () => (await ping(driver, 3)).ok);
    const last = ROME.lat + 3 * 0.0001;
    await until('both show it', () => dispatchers.every((d) => latsSeen(d).at(-1) === last));
    for (const dispatcher of dispatchers)
      expect(latsSeen(dispatcher)).not.toContain(ROME.lat + 2 * 0.0001);
    // Nobody had to come back for it.
    for (const client of [driver, ...dispatchers]) expect(client.payloads('hello')).toHaveLength(1);
  });

  it('[FAN2] what drivers did while one instance was cut off from Redis is shown there when it is back', async () => {
    const proxy = await startTcpProxy(redis.port);
    const instance = await cluster.addInstance({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    const index = cluster.instances.indexOf(instance);
    const dispatcher = await cluster.connect(await cluster.addUser('admin'), index);
    await dispatcher.waitFor('driver:snapshot');
    const user = await cluster.addUser('driver');
    const driver = await cluster.connect(user, 0);
    expect((await ping(driver, 1)).ok).toBe(true);
    await dispatcher.waitFor<DriverLocationUpdate>(
      'driver:location:update',
      (u) => u.driverId === user.userId,
    );

    proxy.cut();
    expect((await ping(driver, 5)).ok).toBe(true);
    await driver.ask<AvailabilitySnapshot>('driver:status:update', {
      availabilityStatus: 'AVAILABLE',
    });
    await until('it notices', async () => !(await isReady(instance)));
    proxy.mend();
    await dispatcher.waitFor<DriverLocationUpdate>(
      'driver:location:update',
      (u) => u.driverId === user.userId && u.coords.lat === ROME.lat + 5 * 0.0001,
    );
    await dispatcher.waitFor<AvailabilitySnapshot>(
      'driver:availability:update',
      (s) => s.driverId === user.userId && s.availabilityStatus === 'AVAILABLE',
    );
    expect(dispatcher.payloads('hello')).toHaveLength(1);
    dispatcher.close();
    await proxy.close();
  });

  it.each([
    {
      state: 'OOM',
      begin: ['CONFIG', 'SET', 'maxmemory', '1'],
      end: ['CONFIG', 'SET', 'maxmemory', '0'],
    },
    {
      state: 'NOREPLICAS',
      begin: ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
      end: ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
    },
    { state: 'READONLY', begin: ['REPLICAOF', '127.0.0.1', '1'], end: ['REPLICAOF', 'NO', 'ONE'] },
  ])(
    '[REDIS1] a Redis that refuses every write ($state) makes an instance not ready, with the reason, until it takes them again',
    async ({ state, begin, end }) => {
      const [instance] = cluster.instances;
      const operator = openRedis(redis.url);
      const order = ([command, ...args]: string[]) => operator.call(command!, ...args);
      await until('it is ready', () => isReady(instance!));
      await order(begin);
      let body: { status: string; checks: object; reason?: string } | undefined;
      await until('it is not ready', async () => {
        const answer = await fetch(`${instance!.url}/health/ready`);
        body = (await answer.json()) as typeof body;
        return answer.status === 503 && body?.reason?.includes(state) === true;
      });
      expect(body).toMatchObject({ status: 'unavailable', checks: { redis: false } });
      await order(end);
      await until('it is ready again', () => isReady(instance!));
      operator.disconnect();
    },
  );

  it.each(['cut', 'stall'] as const)(
    '[AUTH2] a session revoked while the way of its instance to Redis is lost (%s) handles nothing and is cut once that is back',
    async (fault) => {
      const proxy = await startTcpProxy(redis.port);
      const instance = await cluster.addInstance({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
      const index = cluster.instances.indexOf(instance);
      const [revoked, other] = [await cluster.addUser('driver'), await cluster.addUser('driver')];
      const victim = await cluster.connect(revoked, index);
      const bystander = await cluster.connect(other, index);
      // Answered only once both are wholly let in, which needs Redis.
      for (const driver of [victim, bystander]) expect((await ping(driver, 0)).ok).toBe(true);

      proxy[fault]();
      const sessions = cluster.instances[0]!.app.get(SessionsService, { strict: false });
      await sessions.revoke(revoked.sid, revoked.userId, SessionEndReason.revokedByAdmin);
      expect(await ping(victim, 1)).toMatchObject({
        ok: false,
        error: { code: 'REDIS_UNAVAILABLE' },
      });
      proxy.mend();
      const closing = await victim.waitFor<ConnectionClosing>('connection:closing');
      expect(closing).toMatchObject({ code: 'SESSION_REVOKED', retryable: false });
      expect(victim.payloads('auth:session_revoked')).toHaveLength(1);
      await until('its socket is closed', () => !victim.isConnected);
      await until('the other driver goes on', async () => (await ping(bystander, 1)).ok);
      await proxy.close();
    },
  );
});
