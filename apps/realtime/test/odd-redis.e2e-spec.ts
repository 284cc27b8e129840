import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisKeys } from '#libs/redis';
import { openRedis, until, type ToldClient } from '#libs/testing';
import { TestCluster, type TestUser } from './cluster.js';

/** What no instance writes. */
const ODD = [
  '',
  'not JSON',
  'null',
  '[]',
  '"text"',
  '{}',
  '{"event":1,"from":2}',
  '{"event":"__proto__","from":"x","payload":{}}',
  '{"tripId":null,"entries":"x"}',
  '{"tripId":"t","entries":[null]}',
  '\u0000\u0001\u0002',
  `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  Buffer.from([0xff, 0xfe, 0x93, 0xc1]),
  Buffer.alloc(5),
  'x'.repeat(100_000),
];

describe('instances whose Redis holds what no instance has written', () => {
  let cluster: TestCluster;
  let user: TestUser;
  let driver: ToldClient;

  beforeAll(async () => {
    cluster = await TestCluster.start();
    user = await cluster.addUser('driver');
    driver = await cluster.connect(user, 0);
  });
  afterAll(() => cluster.close());

  const ping = (lat: number) => driver.request('driver:location:ping', { lat, lng: 12.5 });
  const operator = () => openRedis(cluster.environment.REDIS_URL);

  it('[REDIS2] odd messages on any channel that is followed are left out, and everything goes on', async () => {
    const desk = await cluster.connect(await cluster.addUser('admin'), 1);
    await desk.waitFor('driver:snapshot');
    const passenger = await cluster.connect(await cluster.addUser('passenger'), 1);
    const redis = operator();
    const prefix = cluster.environment.REDIS_KEY_PREFIX;
    const followed = async () =>
      ((await redis.call('PUBSUB', 'SHARDCHANNELS', `${prefix}*`)) as string[]).map(String);
    await until('channels are followed', async () => (await followed()).length > 3);
    const channels = await followed();
    for (const channel of channels)
      for (const message of ODD) await redis.spublish(channel, message);
    redis.disconnect();
    expect((await ping(41.9)).ok).toBe(true);
    await until('the dispatcher elsewhere is shown it', () =>
      desk
        .payloads<{ driverId: string; coords: { lat: number } }>('driver:location:update')
        .some(({ driverId, coords }) => driverId === user.userId && coords.lat === 41.9),
    );
    expect(passenger.isConnected).toBe(true);
    for (const { url } of cluster.instances)
      expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  it('[REDIS2] odd entries of the stream of revocations are left out, and the next revocation holds', async () => {
    const redis = operator();
    const keys = cluster.instances[0]!.app.get(RedisKeys, { strict: false });
    const [stream] = (await redis.keys(`${cluster.environment.REDIS_KEY_PREFIX}*revocations*`)) as [
      string?,
    ];
    const target = stream ?? keys.key('auth', 'revocations');
    for (const fields of [
      ['x', 'y'],
      ['userId', ''],
      ['userId', user.userId, 'sid', '', 'at', 'never'],
      ['sid', 'no-such-session'],
    ])
      await redis.xadd(target, '*', ...fields);
    redis.disconnect();
    const other = await cluster.addUser('passenger');
    const client = await cluster.connect(other, 1);
    const { token } = await cluster.addUser('admin');
    await until('it may be asked', async () => {
      const answer = await fetch(`${cluster.url(0)}/api/admin/users/${other.userId}/ban`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{"reason":"fraud"}',
      });
      return answer.ok;
    });
    await until('it is cut', () => !client.isConnected);
    for (const { url } of cluster.instances)
      await until('it is ready', async () => (await fetch(`${url}/health/ready`)).ok);
  });

  it('[REDIS2] odd records of a person are a failure of that person’s requests and of no other', async () => {
    const redis = operator();
    const victim = await cluster.addUser('driver');
    const client = await cluster.connect(victim, 0);
    await client.request('driver:location:ping', { lat: 41.9, lng: 12.5 });
    const own = (
      await redis.keys(`${cluster.environment.REDIS_KEY_PREFIX}*${victim.userId}*`)
    ).filter((key) => !key.includes('session') && !key.includes('account'));
    for (const key of own) {
      await redis.del(key);
      await redis.set(key, 'odd');
    }
    redis.disconnect();
    for (const event of [
      'driver:location:ping',
      'driver:status:update',
      'driver:trip:set',
    ] as const) {
      const answer = await client.request(event, { lat: 41.9, lng: 12.5, tripId: 't' });
      if (!answer.ok) expect(answer.error.code).toMatch(/^[A-Z_]+$/);
    }
    expect((await ping(41.9001)).ok).toBe(true);
  });
});
