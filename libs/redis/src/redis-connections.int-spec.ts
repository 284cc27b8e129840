import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestingModule } from '@nestjs/testing';
import { openRedis, startModules, testEnvironment, until } from '#libs/testing';
import { startRedis, type OwnRedis } from '../../../scripts/redis.mjs';
import { RedisCommands } from './redis-commands.js';
import { RedisConnections } from './redis-connections.js';

describe(RedisConnections.name, () => {
  let redis: OwnRedis;
  let modules: TestingModule;

  beforeAll(async () => {
    redis = await startRedis({ quiet: true });
    modules = await startModules(testEnvironment({ REDIS_URL: redis.url }), []);
  });
  afterAll(async () => {
    await modules.close();
    await redis.stop();
  });

  it('[REDIS1] leaves a master that became a replica, with every connection', async () => {
    const operator = openRedis(redis.url);
    const ids = async () => {
      const list = String(await operator.client('LIST'));
      return [...list.matchAll(/^id=(\d+) .*name=ridewire:(\w+)/gm)].map(([, id, name]) => ({
        id: Number(id),
        name: name!,
      }));
    };
    const before = await ids();
    expect(before.map(({ name }) => name).toSorted()).toEqual([
      'commands',
      'publisher',
      'subscriber',
    ]);
    const newest = Math.max(...before.map(({ id }) => id));
    const commands = modules.get(RedisCommands);
    const write = () => commands.do((client) => client.set('key', 'value'));
    await operator.replicaof('127.0.0.1', 1);
    await expect(write()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE', retryable: true });
    await until('all are new connections', async () => {
      const now = await ids();
      return now.length === 3 && now.every(({ id }) => id > newest);
    });
    await operator.replicaof('NO', 'ONE');
    await until('writes work again', () =>
      write().then(
        () => true,
        () => false,
      ),
    );
    operator.disconnect();
  });
});
