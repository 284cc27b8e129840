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

  const provider = <T>(type: new (...args: never[]) => T): T =>
    cluster.instances[0]!.app.get(type as never, { strict: false });
  /** How many instances follow a channel. */
  const followers = async (channel: string): Promise<number> => {
    const reply = await provider(RedisCommands).do((redis) =>
      redis.call('PUBSUB', 'SHARDNUMSUB', channel),
    );
    return Number((reply as [string, number])[1]);
  };

  it('[FAN1] positions go to the instances that have a dispatcher, and to no other', async () => {
    const keys = provider(RedisKeys);
    const feeds = Array.from({ length: provider(LocationFeed).shards }, (_, shard) =>
      keys.key(`loc:${shard}`, 'feed'),
    );
    for (const feed of feeds) expect(await followers(feed)).toBe(0);
    const dispatcher = await cluster.connect(await cluster.addUser('admin'), 1);
    await dispatcher.waitFor('driver:snapshot');
    for (const feed of feeds) expect(await followers(feed)).toBe(1);
  });

  it('[FAN1] what is sent to a person goes to the instances where it is connected', async () => {
    const user = await cluster.addUser('driver');
    const channel = provider(RedisKeys).rawPrefix(`io#/drivers#driver:${user.userId}#`);
    expect(await followers(channel)).toBe(0);
    const driver = await cluster.connect(user, 0);
    expect(await followers(channel)).toBe(1);
    driver.close();
    await until('nobody follows it', async () => (await followers(channel)) === 0);
  });

  it('[FAN1] of many who come and go at once every channel is followed, and none is left behind', async () => {
    const users = await Promise.all(Array.from({ length: 30 }, () => cluster.addUser('driver')));
    const channels = users.map(({ userId }) =>
      provider(RedisKeys).rawPrefix(`io#/drivers#driver:${userId}#`),
    );
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
