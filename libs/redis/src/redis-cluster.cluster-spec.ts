import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestingModule } from '@nestjs/testing';
import {
  openRedis,
  orderPlainly,
  RedisCluster,
  RedisSentinels,
  startModules,
  startRedisProxy,
  startTcpProxy,
  testEnvironment,
  until,
} from '#libs/testing';
import { slotOf } from './key-slot.js';
import { LuaScript } from './lua-script.js';
import { RedisCommands } from './redis-commands.js';
import { RedisConnections } from './redis-connections.js';
import { ShardPublisher } from './shard-publisher.js';
import { ShardSubscriber } from './shard-subscriber.js';

const surgeScript = LuaScript.load(new URL('../../fares/src/', import.meta.url).href, 'read_surge');

describe('a cluster of Redis', () => {
  let servers: RedisCluster;
  let modules: TestingModule;

  beforeAll(async () => {
    servers = await RedisCluster.start({ patienceMs: 2_000 });
    modules = await startModules(testEnvironment(servers.variables), []);
  });
  afterAll(async () => {
    await modules.close();
    await servers.stop();
  });

  it('[CLUS1] takes commands of every slot, and scripts that a server has not seen', async () => {
    const commands = modules.get(RedisCommands);
    const keys = Array.from({ length: 50 }, (_, i) => `{tag-${i}}:key`);
    await Promise.all(keys.map((key) => commands.do((redis) => redis.set(key, key))));
    expect(await Promise.all(keys.map((key) => commands.do((redis) => redis.get(key))))).toEqual(
      keys,
    );
    const sizes = await commands.onEachPrimary((redis) => redis.dbsize());
    expect(sizes).toHaveLength(3);
    expect(Math.min(...sizes)).toBeGreaterThan(5);
    for (const { admin } of servers.servers.slice(0, 3)) await admin.script('FLUSH');
    await Promise.all(
      keys.map((_, i) => commands.run(surgeScript, [`{tag-${i}}:a`, `{tag-${i}}:b`], ['cell'])),
    );
    expect(await commands.writeRefusal()).toBeUndefined();
  });

  it('[REDIS3] an answer waits for the replicas of the primary that has given it', async () => {
    const waiting = await startModules(
      testEnvironment({
        ...servers.variables,
        REDIS_REPLICAS_TO_WAIT_FOR: '1',
        REDIS_REPLICATION_TIMEOUT: '10s',
      }),
      [],
    );
    const commands = waiting.get(RedisCommands);
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f'].map((tag) => `{${tag}}:waited-for`)) {
      await commands.do((redis) => redis.set(key, ''));
      const { redis } = await servers.replicaOf(await servers.primaryOf(key));
      const copy = openRedis(redis.url);
      await copy.readonly();
      expect(await copy.exists(key), key).toBe(1);
      copy.disconnect();
    }
    await waiting.close();
  });

  it('[CLUS2] a room whose slot moves goes on hearing, and those who follow it are told to read what they missed', async () => {
    const subscriber = modules.get(ShardSubscriber);
    const publisher = modules.get(ShardPublisher);
    const rooms = Array.from({ length: 40 }, (_, i) => `room-${i}`);
    const heard = new Map<string, string[]>(rooms.map((room) => [room, []]));
    for (const room of rooms)
      await subscriber.subscribe(room, (message) => heard.get(room)!.push(message.toString()));
    const busy = rooms[7]!;
    const restored: string[] = [];
    subscriber.onRestored((affects) => restored.push(...rooms.filter((room) => affects(room))));
    const slot = slotOf(busy);
    let sent = 0;
    for (let round = 0; round < 3; round += 1) {
      const from = await servers.primaryOf(busy);
      const to = servers.servers.slice(0, 3).find((server) => server !== from)!;
      const told = restored.length;
      await servers.moveSlot(slot, from, to);
      await until('it is restored', () => restored.length > told);
      expect(new Set(restored)).toEqual(new Set([busy]));
      for (let i = 0; i < 20; i += 1) {
        for (const room of rooms) publisher.publish(room, String((sent += 1)));
      }
      await until('all hear everything', () =>
        [...heard.values()].every((messages) => messages.length === 20 * (round + 1)),
      );
    }
    expect(publisher.dropped).toBe(0);
  });

  it('[CLUS1] who keeps what it has read is told that others answer, also where a replica takes over and no connection ends', async () => {
    let losses = 0;
    modules.get(RedisConnections).onCommandsLost(() => (losses += 1));
    const key = 'a key that changes hands';
    const replica = await servers.replicaOf(await servers.primaryOf(key));
    const before = losses;
    await replica.admin.cluster('FAILOVER', 'TAKEOVER');
    await until('the replica has it', async () => (await servers.primaryOf(key)) === replica);
    await until('it is told', () => losses > before);
  });

  it.each([0.1, 3])(
    '[CLUS1] an instance that was cut off from all of it for %d s is whole again by itself',
    async (seconds) => {
      const { REDIS_URL, REDIS_MODE } = servers.variables;
      const proxy = await startRedisProxy(REDIS_URL);
      const cutOff = await startModules(testEnvironment({ REDIS_URL: proxy.url, REDIS_MODE }), []);
      const commands = cutOff.get(RedisCommands);
      const subscriber = cutOff.get(ShardSubscriber);
      const rooms = Array.from({ length: 20 }, (_, i) => `cut-off-${i}`);
      const heard = new Set<string>();
      for (const room of rooms) await subscriber.subscribe(room, () => void heard.add(room));
      proxy.cut();
      await until('it notices', async () => (await commands.writeRefusal()) !== undefined);
      expect(subscriber.isConnected).toBe(false);
      await pause(seconds * 1_000);
      proxy.mend();
      await until('it writes', async () => (await commands.writeRefusal()) === undefined);
      await until('it hears', () => subscriber.isConnected);
      for (const room of rooms) modules.get(ShardPublisher).publish(room, 'hello');
      await until('every room is heard', () => heard.size === rooms.length);
      await cutOff.close();
      await proxy.close();
    },
  );

  it('[CLUS2] after the death of a primary its rooms are heard again, from the replica that took its place', async () => {
    const subscriber = modules.get(ShardSubscriber);
    const publisher = modules.get(ShardPublisher);
    const heard: string[] = [];
    const room = 'a room of its own';
    await subscriber.subscribe(room, (message) => heard.push(message.toString()));
    let isRestored = false;
    subscriber.onRestored((affects) => (isRestored ||= affects(room)));
    const dead = await servers.primaryOf(room);
    await dead.redis.kill();
    await until('it is restored', () => isRestored);
    const startedAt = performance.now();
    await until('it is heard', () => {
      publisher.publish(room, 'hello');
      return heard.length > 0;
    });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    const commands = modules.get(RedisCommands);
    await until('writes are taken', async () => (await commands.writeRefusal()) === undefined);
    await dead.redis.restart();
    await until('all is as it was', async () => subscriber.isConnected);
  });
});

describe('a primary behind sentinels', () => {
  it('[CLUS3] is followed when another takes its place, also when it hangs', async () => {
    const servers = await RedisSentinels.start({ patienceMs: 1_000 });
    const modules = await startModules(testEnvironment(servers.variables), []);
    const commands = modules.get(RedisCommands);
    const write = (value: string) =>
      commands
        .do((redis) => redis.set('key', value))
        .then(
          () => true,
          () => false,
        );
    expect(await write('before')).toBe(true);
    let losses = 0;
    modules.get(RedisConnections).onCommandsLost(() => (losses += 1));
    const first = await servers.primary();
    await first.kill('SIGSTOP');
    await until('another is the primary', async () => (await servers.primary()) !== first);
    await until('writes work again', () => write('after'));
    expect(losses).toBeGreaterThan(0);
    const heard: string[] = [];
    const subscriber = modules.get(ShardSubscriber);
    await until('subscriptions are back', () => subscriber.isConnected);
    await subscriber.subscribe('room', (message) => heard.push(message.toString()));
    modules.get(ShardPublisher).publish('room', 'hello');
    await until('it is heard', () => heard.length > 0);
    await first.kill('SIGCONT');
    await modules.close();
    await servers.stop();
  });

  it('[CLUS3] is found also by a connection that was looking for it when another took its place', async () => {
    const servers = await RedisSentinels.start();
    const ways = await Promise.all(servers.sentinels.map(({ port }) => startTcpProxy(port)));
    const modules = await startModules(
      testEnvironment({
        ...servers.variables,
        REDIS_URL: ways.map(({ port }) => `redis://127.0.0.1:${port}`).join(','),
      }),
      [],
    );
    const write = () =>
      modules
        .get(RedisCommands)
        .do((redis) => redis.set('key', 'value'))
        .then(
          () => true,
          () => false,
        );
    expect(await write()).toBe(true);
    const first = await servers.primary();
    const listeners = ways.map(({ port }) => openRedis(`redis://127.0.0.1:${port}`));
    let told = 0;
    for (const listener of listeners) {
      listener.on('message', () => (told += 1));
      await listener.subscribe('+switch-master');
    }
    // Who asks for the primary gets no answer; what sentinels tell by themselves comes through.
    for (const way of ways) way.stall('get-master-addr-by-name');
    await orderPlainly(first.url, 'CLIENT', 'KILL', 'TYPE', 'normal');
    await servers.failOver();
    await until('all have told of another one', () => told >= listeners.length);
    for (const way of ways) way.mend();
    await until('writes work again', write);
    for (const listener of listeners) listener.disconnect();
    await modules.close();
    await Promise.all(ways.map((way) => way.close()));
    await servers.stop();
  });
});
