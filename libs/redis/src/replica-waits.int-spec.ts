import { type TestingModule } from '@nestjs/testing';
import { type Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from '#libs/observability';
import {
  openRedis,
  startModules,
  startTcpProxy,
  testEnvironment,
  until,
  type TcpProxy,
} from '#libs/testing';
import { startRedis, type OwnRedis } from '../../../scripts/redis.mjs';
import { LuaScript } from './lua-script.js';
import { RedisCommands } from './redis-commands.js';
import { RedisKeys } from './redis-keys.js';
import { ReplicaWaits } from './replica-waits.js';
import { ShardSubscriber } from './shard-subscriber.js';

/** How late the replica has everything, there as well as back. */
const LAG_MS = 30;
/** No machine is so busy that a replica needs longer. */
const LONG = '10s';
const script = LuaScript.load(new URL('../../fares/src/', import.meta.url).href, 'set_surge');

describe(ReplicaWaits.name, () => {
  let primary: OwnRedis;
  let replica: OwnRedis;
  let link: TcpProxy;
  let atPrimary: Redis;
  let atReplica: Redis;
  let instance: TestingModule | undefined;

  beforeEach(async () => {
    const settings = { 'repl-diskless-sync-delay': '0' };
    primary = await startRedis({ quiet: true, settings });
    link = await startTcpProxy(primary.port, LAG_MS);
    replica = await startRedis({
      quiet: true,
      settings: { ...settings, replicaof: `127.0.0.1 ${link.port}` },
    });
    atPrimary = openRedis(primary.url);
    atPrimary.on('error', () => undefined);
    atReplica = openRedis(replica.url);
    await until('the copy is complete', async () =>
      (await atReplica.info('replication')).includes('master_link_status:up'),
    );
  });
  afterEach(async () => {
    await instance?.close();
    instance = undefined;
    atPrimary.disconnect();
    atReplica.disconnect();
    await Promise.all([primary.stop(), replica.stop()]);
    await link.close();
  });

  const start = async (replicas: number, timeout = LONG) => {
    const settings = {
      REDIS_URL: primary.url,
      REDIS_REPLICAS_TO_WAIT_FOR: String(replicas),
      REDIS_REPLICATION_TIMEOUT: timeout,
    };
    instance = await startModules(testEnvironment(settings), []);
    const keys = instance.get(RedisKeys);
    const commands = instance.get(RedisCommands);
    const key = (tag: string) => keys.key(tag, 'surges');
    return {
      commands,
      key,
      write: (tag: string) =>
        commands.run(script, [keys.key(tag, 'ends'), key(tag)], [1, 15_000, 600_000, 10]),
      missed: async () => {
        const text = await instance!.get(Metrics).text();
        return Number(/^ridewire_redis_answers_not_replicated_total (\d+)/m.exec(text)?.[1]);
      },
    };
  };
  const isWaiting = async () => String(await atPrimary.client('LIST')).includes(' cmd=wait ');

  it('[REDIS3] with one replica to wait for each answer comes when the replica has what it tells: of scripts, commands and transactions, many by one question', async () => {
    const { commands, key, write, missed } = await start(1);
    await write('a');
    expect(await atReplica.exists(key('a'))).toBe(1);
    await atPrimary.script('FLUSH');
    await write('b');
    expect(await atReplica.exists(key('b'))).toBe(1);
    await commands.do((redis) => redis.set(key('c'), ''));
    expect(await atReplica.exists(key('c'))).toBe(1);
    const replies = await commands.do((redis) =>
      redis.multi().set(key('d'), '1').get(key('d')).exec(),
    );
    expect(replies).toEqual([
      [null, 'OK'],
      [null, '1'],
    ]);
    expect(await atReplica.exists(key('d'))).toBe(1);
    // What somebody else has written counts as well.
    await atPrimary.set(key('e'), '');
    expect(await commands.do((redis) => redis.exists(key('e')))).toBe(1);
    expect(await atReplica.exists(key('e'))).toBe(1);
    await Promise.all(Array.from({ length: 50 }, (_, i) => write(`many-${i}`)));
    for (let i = 0; i < 50; i += 1) expect(await atReplica.exists(key(`many-${i}`))).toBe(1);
    const [, calls] = /^cmdstat_wait:calls=(\d+)/m.exec(await atPrimary.info('commandstats'))!;
    expect(Number(calls)).toBeLessThan(40);
    expect(await missed()).toBe(0);
  });

  it('[REDIS3] with none to wait for it comes before, and nothing waits', async () => {
    const { key, write, missed } = await start(0);
    link.stall();
    await write('a');
    expect(await atReplica.exists(key('a'))).toBe(0);
    link.mend();
    await until('the replica has it', async () => (await atReplica.exists(key('a'))) === 1);
    expect(await atPrimary.info('commandstats')).not.toContain('cmdstat_wait:');
    expect(await missed()).toBe(0);
  });

  it('[REDIS3] a message is handed on when the replica has what was written before it, and messages stay in order', async () => {
    const { key } = await start(1);
    const heard: string[] = [];
    const subscriber = instance!.get(ShardSubscriber);
    await subscriber.subscribe(key('a'), (message) => heard.push(message.toString()));
    link.stall();
    await atPrimary.set(key('a'), '');
    await atPrimary.spublish(key('a'), '1');
    await until('it waits', isWaiting);
    await atPrimary.spublish(key('a'), '2');
    expect(heard).toEqual([]);
    link.mend();
    await until('both are heard', () => heard.length === 2);
    expect(heard).toEqual(['1', '2']);
    expect(await atReplica.exists(key('a'))).toBe(1);
  });

  it('[REDIS3] a replica that is cut off is waited for until its time is over; then it is counted and not waited for, until it has caught up', async () => {
    const { key, write, missed } = await start(1, '200ms');
    link.stall();
    await write('a');
    expect(await missed()).toBe(1);
    await write('b');
    expect(await missed()).toBe(2);
    expect(await atReplica.exists(key('a'))).toBe(0);
    link.mend();
    await until('it is waited for again', async () => {
      const before = await missed();
      await write('c');
      return (await missed()) === before;
    });
    expect(await atReplica.exists(key('b'))).toBe(1);
  });

  it('[REDIS3] a primary that dies before its replica has the write leaves it unanswered and its message unheard: nobody knows what became of it', async () => {
    const { key, write } = await start(1);
    const heard: string[] = [];
    const subscriber = instance!.get(ShardSubscriber);
    await subscriber.subscribe(key('a'), (message) => heard.push(message.toString()));
    link.stall();
    const outcome = write('a').catch((error: unknown) => error);
    await atPrimary.spublish(key('a'), '1');
    await until('it waits', isWaiting);
    await primary.kill();
    expect(await outcome).toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(heard).toEqual([]);
  });
});
