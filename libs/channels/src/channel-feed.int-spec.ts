import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openRedis,
  startModules,
  startTcpProxy,
  testEnvironment,
  until,
  type TcpProxy,
} from '#libs/testing';
import { type ChannelEntry } from './channel-entry.js';
import { ChannelFeed } from './channel-feed.js';
import { ChannelKeys } from './channel-keys.js';
import { ChannelsModule } from './channels.module.js';
import { ChannelsStore } from './channels.store.js';

const KEEP = { entries: 1_000, ageMs: 60_000 };
const MANY = 500;

interface Said {
  text: string;
}

describe('channels of two instances', () => {
  let one: TestingModule;
  let two: TestingModule;
  let proxy: TcpProxy;
  let redis: ReturnType<typeof openRedis>;
  let nextChannel = 0;

  beforeAll(async () => {
    const environment = testEnvironment();
    proxy = await startTcpProxy(Number(new URL(environment.REDIS_URL).port));
    redis = openRedis(environment.REDIS_URL);
    one = await startModules(environment, [ChannelsModule]);
    two = await startModules({ ...environment, REDIS_URL: `redis://127.0.0.1:${proxy.port}` }, [
      ChannelsModule,
    ]);
  });
  afterAll(async () => {
    redis?.disconnect();
    await Promise.all([one?.close(), two?.close()]);
    await proxy?.close();
  });

  const channel = () => `test:${(nextChannel += 1)}`;
  const storeOf = (instance: TestingModule) => instance.get(ChannelsStore);
  const follow = async (instance: TestingModule, channelId: string) => {
    const told: ChannelEntry<Said>[] = [];
    const gone: number[] = [];
    const passing: object[] = [];
    const listener = {
      entry: (entry: ChannelEntry<Said>) => void told.push(entry),
      gone: (version: number) => void gone.push(version),
      passing: (message: object) => void passing.push(message),
    };
    await instance.get(ChannelFeed).follow(channelId, listener);
    const leave = () => instance.get(ChannelFeed).leave(channelId, listener);
    return { told, gone, passing, leave };
  };
  const versionsOf = (told: readonly ChannelEntry<Said>[]) => told.map(({ version }) => version);
  const counted = (to: number) => Array.from({ length: to }, (_, i) => i + 1);

  it('[CHAN1] what several append at the same time has one order for everybody', async () => {
    const id = channel();
    const readers = await Promise.all([follow(one, id), follow(one, id), follow(two, id)]);
    await Promise.all(
      counted(MANY).map((i) =>
        storeOf(i % 2 ? one : two).append(id, { text: `said ${i}` }, KEEP, `writer ${i}`),
      ),
    );
    await until('all are told', () => readers.every(({ told }) => told.length === MANY));
    for (const { told } of readers) {
      expect(versionsOf(told)).toEqual(counted(MANY));
      expect(told).toEqual(readers[0]!.told);
    }
    const { entries } = await storeOf(two).readAfter<Said>(id, 0, 1_000);
    expect(entries).toEqual(readers[0]!.told);
  });

  it('[CHAN2] what is appended twice under one key is one entry, on whatever instance', async () => {
    const id = channel();
    const { told } = await follow(one, id);
    const answers = await Promise.all(
      [one, two, one, two].map((instance) =>
        storeOf(instance).append(id, { text: 'hello' }, KEEP, 'ada 1'),
      ),
    );
    expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(answers.map(({ version, at }) => `${version} ${at}`)).size).toBe(1);
    await storeOf(two).append(id, { text: 'hello' }, KEEP, 'ada 2');
    await until('both are told', () => told.length === 2);
    expect(versionsOf(told)).toEqual([1, 2]);
  });

  it('[CHAN1] an outage loses nothing and repeats nothing', async () => {
    const id = channel();
    const { told } = await follow(two, id);
    await storeOf(one).append(id, { text: 'before' }, KEEP);
    await until('it is told', () => told.length === 1);
    proxy.cut();
    for (const text of ['a', 'b', 'c']) await storeOf(one).append(id, { text }, KEEP);
    expect(told).toHaveLength(1);
    proxy.mend();
    await until('what was missed is told', () => told.length === 4);
    await storeOf(one).append(id, { text: 'after' }, KEEP);
    await until('it is told', () => told.length === 5);
    expect(told.map(({ content }) => content.text)).toEqual(['before', 'a', 'b', 'c', 'after']);
  });

  it('[CHAN3] keeps its newest entries, and those that are young enough', async () => {
    const id = channel();
    const keep = { entries: 10, ageMs: 60_000 };
    for (const i of counted(25)) await storeOf(one).append(id, { text: `${i}` }, keep, `key ${i}`);
    const { version, first, entries } = await storeOf(two).readAfter<Said>(id, 0, 100);
    expect({ version, first }).toEqual({ version: 25, first: 16 });
    expect(versionsOf(entries)).toEqual(counted(25).slice(15));
    const { log, sent } = one.get(ChannelKeys).of(id);
    expect(await redis.hlen(log)).toBe(10);
    expect(await redis.hlen(sent)).toBe(10);
    // What is not kept is not known either.
    expect(await storeOf(one).append(id, { text: '1' }, keep, 'key 1')).toMatchObject({
      version: 26,
      isNew: true,
    });

    const short = { entries: 10, ageMs: 200 };
    await storeOf(one).append(id, { text: 'soon gone' }, short);
    await until('all are gone', async () => (await redis.exists(log)) === 0);
    expect(await storeOf(two).readAfter(id, 0, 100)).toEqual({
      version: 27,
      first: 28,
      entries: [],
    });
    const next = await storeOf(two).append(id, { text: 'next' }, keep);
    expect(next.version).toBe(28);
    expect(await storeOf(two).readAfter(id, 20, 100)).toMatchObject({ version: 28, first: 28 });
  });

  it('[CHAN1] is followed only while somebody listens, and what is said in passing is not kept', async () => {
    const id = channel();
    const [first, second] = [await follow(one, id), await follow(one, id)];
    const { feed } = one.get(ChannelKeys).of(id);
    const followers = async () =>
      Number(((await redis.call('PUBSUB', 'SHARDNUMSUB', feed)) as [string, number])[1]);
    expect(await followers()).toBe(1);
    await first.leave();
    expect(await followers()).toBe(1);
    two.get(ChannelFeed).tell(id, { typing: 'ada' });
    await until('it is told', () => second.passing.length === 1);
    expect(second.passing).toEqual([{ typing: 'ada' }]);
    expect(first.passing).toEqual([]);
    await second.leave();
    await until('nobody follows', async () => (await followers()) === 0);
    expect(await storeOf(one).readAfter(id, 0, 10)).toEqual({ version: 0, first: 1, entries: [] });
  });
});
