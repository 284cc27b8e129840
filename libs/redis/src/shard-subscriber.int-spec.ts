import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Redis } from 'ioredis';
import { type TestingModule } from '@nestjs/testing';
import {
  openRedis,
  startModules,
  startTcpProxy,
  testEnvironment,
  until,
  type TcpProxy,
} from '#libs/testing';
import { startRedis, type OwnRedis } from '../../../scripts/redis.mjs';
import { ShardSubscriber } from './shard-subscriber.js';

describe(ShardSubscriber.name, () => {
  let redis: OwnRedis;
  let proxy: TcpProxy;
  let modules: TestingModule;
  let subscriber: ShardSubscriber;
  let operator: Redis;

  beforeAll(async () => {
    redis = await startRedis({ quiet: true });
    proxy = await startTcpProxy(redis.port);
    const url = `redis://127.0.0.1:${proxy.port}`;
    modules = await startModules(testEnvironment({ REDIS_URL: url }), []);
    subscriber = modules.get(ShardSubscriber);
    operator = openRedis(redis.url);
    await until('it is connected', () => subscriber.isConnected);
  });
  afterAll(async () => {
    operator.disconnect();
    await modules.close();
    await proxy.close();
    await redis.stop();
  });

  const commandsOf = async (name: string): Promise<number> => {
    const stats = String(await operator.info('commandstats'));
    return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };
  const followed = async (): Promise<string[]> =>
    ((await operator.call('PUBSUB', 'SHARDCHANNELS')) as string[]).toSorted();

  it('[FAN1] what comes and goes in one turn is two commands, and counts as it is at its end', async () => {
    const before = [await commandsOf('ssubscribe'), await commandsOf('sunsubscribe')];
    for (let i = 0; i < 300; i += 1) void subscriber.subscribe(`room-${i}`, () => undefined);
    void subscriber.unsubscribe('room-0', 'room-1');
    void subscriber.subscribe('room-1', () => undefined);
    await subscriber.settled();
    expect(await followed()).toHaveLength(299);
    expect(await followed()).toContain('room-1');
    expect(await commandsOf('ssubscribe')).toBe(before[0]! + 1);
    expect(await commandsOf('sunsubscribe')).toBe(before[1]! + 1);
  });

  it('[REDIS1] what was asked for while the way to Redis broke is there when it is back', async () => {
    const heard: string[] = [];
    const asked = subscriber.subscribe('late', (message) => heard.push(message.toString()));
    const left = subscriber.unsubscribe('room-2');
    proxy.cut();
    await Promise.all([asked, left, subscriber.settled()]);
    void subscriber.unsubscribe('room-3');
    let isRestored = false;
    subscriber.onRestored(() => (isRestored = true));
    await until('it notices', () => !subscriber.isConnected);
    proxy.mend();
    await until('all is restored', () => isRestored);
    const channels = await followed();
    expect(channels).toContain('late');
    expect(channels).not.toContain('room-2');
    expect(channels).not.toContain('room-3');
    await operator.spublish('late', 'hello');
    await until('it is heard', () => heard.length === 1);
  });

  it('[FAN1] a Redis in cluster mode, which takes one slot a command, is asked for each by itself', async () => {
    const clustered = await startRedis({ quiet: true, isClusterNode: true });
    const admin = openRedis(clustered.url);
    await admin.cluster('ADDSLOTSRANGE', 0, 16_383);
    await until('the cluster is up', async () =>
      String(await admin.cluster('INFO')).includes('cluster_state:ok'),
    );
    const other = await startModules(testEnvironment({ REDIS_URL: clustered.url }), []);
    const its = other.get(ShardSubscriber);
    await until('it is connected', () => its.isConnected);
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => its.subscribe(`room-${i}`, () => undefined)),
    );
    expect(results).not.toContain(false);
    expect(await admin.call('PUBSUB', 'SHARDCHANNELS')).toHaveLength(50);
    await its.unsubscribe('room-1', 'room-2', 'room-3');
    expect(await admin.call('PUBSUB', 'SHARDCHANNELS')).toHaveLength(47);
    admin.disconnect();
    await other.close();
    await clustered.stop();
  });
});
