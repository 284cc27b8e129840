import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TripView } from '#libs/contracts';
import { TripsService } from '#libs/trips';
import { openRedis, until } from '#libs/testing';
import { startRedis } from '../../../../scripts/redis.mjs';
import { TestCluster, type TestUser } from '../cluster.js';
import { TRIP_REQUEST } from '../ride-people.js';

describe('a backup of Redis', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'ridewire-backup-'));
  const [point, log] = [path.join(directory, 'point'), path.join(directory, 'log')];
  let keyPrefix: string;
  let rider: TestUser;
  let tripId: string;

  beforeAll(async () => {
    const data = path.join(directory, 'data');
    const redis = await startRedis({ dir: data, appendOnly: true, quiet: true });
    const cluster = await TestCluster.start({ instances: 1, env: { REDIS_URL: redis.url } });
    keyPrefix = cluster.environment.REDIS_KEY_PREFIX;
    rider = await cluster.addUser('passenger');
    const client = await cluster.connect(rider, 0);
    ({ tripId } = await client.ask<TripView>('trip:request', TRIP_REQUEST));
    // As OPERATIONS.md says it, while everything runs.
    const operator = openRedis(redis.url);
    await operator.bgsave();
    await until('the point in time is written', async () =>
      /rdb_bgsave_in_progress:0/.test(await operator.info('persistence')),
    );
    mkdirSync(point);
    cpSync(path.join(data, 'dump.rdb'), path.join(point, 'dump.rdb'));
    await operator.config('SET', 'auto-aof-rewrite-percentage', '0');
    await until('the log is not being rewritten', async () =>
      /aof_rewrite_in_progress:0/.test(await operator.info('persistence')),
    );
    mkdirSync(log);
    cpSync(path.join(data, 'appendonlydir'), path.join(log, 'appendonlydir'), { recursive: true });
    operator.disconnect();
    await cluster.close();
    await redis.stop();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([
    { of: 'a point in time', from: point, appendOnly: false },
    { of: 'the log of writes', from: log, appendOnly: true },
  ])(
    '[BACKUP1] $of, put into an empty Redis, brings back accounts, sessions and trips',
    async ({ from, appendOnly }) => {
      const redis = await startRedis({ dir: from, appendOnly, quiet: true });
      try {
        if (!appendOnly) {
          const operator = openRedis(redis.url);
          await operator.config('SET', 'appendonly', 'yes');
          await until('the log is begun', () => existsSync(path.join(from, 'appendonlydir')));
          operator.disconnect();
        }
        const cluster = await TestCluster.start({
          instances: 1,
          env: { REDIS_URL: redis.url, REDIS_KEY_PREFIX: keyPrefix },
        });
        try {
          // With the token of before: its session is there.
          const client = await cluster.connect(rider, 0);
          const trips = cluster.instances[0]!.app.get(TripsService, { strict: false });
          expect(await trips.activeOf(rider.userId)).toMatchObject({ id: tripId });
          await client.ask('trip:cancel', { tripId, reason: 'it works' });
        } finally {
          await cluster.close();
        }
      } finally {
        await redis.stop();
      }
    },
  );
});
