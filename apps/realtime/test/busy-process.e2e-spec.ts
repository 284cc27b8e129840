import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionsService } from '#libs/auth';
import {
  type ConnectionClosing,
  type DriverLocationUpdate,
  type LocationPingResult,
} from '#libs/contracts';
import { RedisKeys } from '#libs/redis';
import { blockEventLoop, openRedis, until, type ToldClient } from '#libs/testing';
import { startRedis, type OwnRedis } from '../../../scripts/redis.mjs';
import { TestCluster } from './cluster.js';

/** Longer than any of the limits after which Redis is taken for lost. */
const BLOCKED_MS = 4_500;

const ping = (driver: ToldClient, step: number) =>
  driver.request<LocationPingResult>('driver:location:ping', {
    lat: 41.9 + step * 0.0001,
    lng: 12.5,
  });

describe('an instance that is too busy to read its sockets', () => {
  let redis: OwnRedis;
  let cluster: TestCluster;

  beforeAll(async () => {
    redis = await startRedis({ quiet: true });
    cluster = await TestCluster.start({
      env: { REDIS_URL: redis.url },
    });
  });
  afterAll(async () => {
    await cluster.close();
    await redis.stop();
  });

  const connectionsToRedis = async () => {
    const operator = openRedis(redis.url);
    const list = String(await operator.client('LIST'));
    operator.disconnect();
    return new Set([...list.matchAll(/^id=(\d+) .*name=ridewire:/gm)].map(([, id]) => id));
  };

  it('[REDIS1] it handles what came meanwhile, loses no connection to Redis and goes on showing the fleet', async () => {
    const dispatcher = await cluster.connect(await cluster.addUser('admin'), 1);
    await dispatcher.waitFor('driver:snapshot');
    const user = await cluster.addUser('driver');
    const driver = await cluster.connect(user, 0);
    expect(await ping(driver, 0)).toMatchObject({ ok: true });
    const before = await connectionsToRedis();
    for (const step of [1, 2]) {
      const answer = ping(driver, step);
      blockEventLoop(BLOCKED_MS);
      expect(await answer).toMatchObject({ ok: true, data: { results: [{ verdict: 'stored' }] } });
      await dispatcher.waitFor<DriverLocationUpdate>(
        'driver:location:update',
        ({ driverId, coords }) =>
          driverId === user.userId && Math.abs(coords.lat - 41.9 - step * 0.0001) < 1e-6,
      );
    }
    expect(await connectionsToRedis()).toEqual(before);
  });

  it('[AUTH2] it handles no request of a session that was revoked meanwhile', async () => {
    const user = await cluster.addUser('driver');
    const victim = await cluster.connect(user, 0);
    const bystander = await cluster.connect(await cluster.addUser('driver'), 0);
    const stream = cluster.instances[0]!.app.get(RedisKeys, { strict: false }).key(
      'auth',
      'revocations',
    );
    const { sid, userId } = user;
    const fields = { userId, sid, reason: 'revoked_by_admin', at: String(Date.now()) };
    const command = ['XADD', stream, '*', ...Object.entries(fields).flat()].join(' ');
    const { hostname, port } = new URL(redis.url);
    const [first, second] = [ping(victim, 1), ping(bystander, 1)];
    // Another process, while this one waits for it: nothing is read here before it has ended.
    execFileSync(process.execPath, [
      '-e',
      `setTimeout(() => {
        const socket = require('node:net').connect(${port}, '${hostname}');
        socket.write(${JSON.stringify(`${command}\r\n`)});
        socket.once('data', () => socket.destroy());
      }, ${BLOCKED_MS})`,
    ]);
    const sessions = cluster.instances[0]!.app.get(SessionsService, { strict: false });
    expect(await first).toMatchObject({ ok: false, error: { code: 'SESSION_REVOKED' } });
    expect(await second).toMatchObject({ ok: true });
    expect(await victim.waitFor<ConnectionClosing>('connection:closing')).toMatchObject({
      code: 'SESSION_REVOKED',
    });
    await until('its socket is closed', () => !victim.isConnected);
    // Only told here, as by another instance: in Redis the session still lives.
    expect(await sessions.list(userId)).toHaveLength(1);
  });
});
