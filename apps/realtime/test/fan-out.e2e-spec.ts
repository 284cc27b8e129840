import { type Type } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocationFeed } from '#libs/location';
import { RedisCommands, RedisKeys } from '#libs/redis';
import { until } from '#libs/testing';
import { TestCluster } from './cluster.js';

describe('what an instance gets from Redis', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start();
  });
  afterAll(() => cluster.close());

  const provider = <T>(type: Type<T>): T => cluster.instances[0]!.app.get(type, { strict: false });
  /** How many instances follow a channel. */
  const followers = async (channel: string): Promise<number> => {
    const reply = await provider(RedisCommands).do((redis) =>
      redis.call('PUBSUB', 'SHARDNUMSUB', channel),
    );
    return Number((reply as [string, number])[1]);
  };

  it('[FAN1] positions go to the instances that have a dispatcher, and to no other', async () => {
    const feeds = async () =>
      (await provider(RedisCommands).do((redis) =>
        redis.call('PUBSUB', 'SHARDCHANNELS', provider(RedisKeys).key('loc:*', '*feed')),
      )) as string[];
    expect(await feeds()).toEqual([]);
    const dispatcher = await cluster.connect(await cluster.addUser('admin'), 1);
    await dispatcher.waitFor('driver:snapshot');
    expect(await feeds()).toHaveLength(provider(LocationFeed).shards);
    for (const feed of await feeds()) expect(await followers(feed)).toBe(1);
  });

  it('[FAN1] what is sent to a person goes to the instances where it is connected', async () => {
    const user = await cluster.addUser('driver');
    const channel = provider(RedisKeys).personChannel(user.userId);
    expect(await followers(channel)).toBe(0);
    const driver = await cluster.connect(user, 0);
    expect(await followers(channel)).toBe(1);
    driver.close();
    await until('nobody follows it', async () => (await followers(channel)) === 0);
  });

  it('[FAN1] a person costs one subscription, however many devices and namespaces; nobody is in a room for nothing', async () => {
    const [driver, passenger] = [
      await cluster.addUser('driver'),
      await cluster.addUser('passenger'),
    ];
    const clients = await Promise.all([
      cluster.connect(driver, 0),
      cluster.connect(driver, 0),
      cluster.connect(passenger, 0),
      ...[driver, passenger].map((user) => cluster.openApp('/chat', user, 0)),
    ]);
    const channels = (await provider(RedisCommands).do((redis) =>
      redis.call('PUBSUB', 'SHARDCHANNELS', `*${cluster.environment.REDIS_KEY_PREFIX}*`),
    )) as string[];
    for (const { userId } of [driver, passenger])
      expect(channels.filter((channel) => channel.includes(userId))).toEqual([
        provider(RedisKeys).personChannel(userId),
      ]);
    for (const client of clients) client.close();
  });

  it('[FAN1] of many who come and go at once every channel is followed, and none is left behind', async () => {
    const users = await Promise.all(Array.from({ length: 30 }, () => cluster.addUser('driver')));
    const channels = users.map(({ userId }) => provider(RedisKeys).personChannel(userId));
    const followed = () => Promise.all(channels.map(followers));
    const drivers = await Promise.all(users.map((user) => cluster.connect(user, 0)));
    expect(await followed()).toEqual(users.map(() => 1));
    for (const driver of drivers) driver.close();
    const back = await Promise.all(users.slice(0, 10).map((user) => cluster.connect(user, 0)));
    await until(
      'only those who are back are followed',
      async () => (await followed()).join() === users.map((_, i) => (i < 10 ? 1 : 0)).join(),
    );
    for (const driver of back) driver.close();
  });
});
