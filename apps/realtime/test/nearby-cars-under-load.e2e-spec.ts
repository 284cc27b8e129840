import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NearbySnapshot, type NearbyUpdate } from '#libs/contracts';
import { LuaScript } from '#libs/redis';
import { until, watchCommands, type ToldClient } from '#libs/testing';
import { startRedis, type OwnRedis } from '../../../scripts/redis.mjs';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { unreadBytes } from '../src/socket/engine/insides.js';
import { TestCluster } from './cluster.js';
import { RawClient } from './raw-client.js';
import { TrialModule } from './trial.gateway.js';

const ROME = { lat: 41.9, lng: 12.5 };
const SNAPSHOT = 'nearby:snapshot';
const UPDATE = 'nearby:update';
const BEHIND_BYTES = 32 * 1024;
const TICK_MS = 100;
const SHARDS = 4;
const readCells = LuaScript.load(
  new URL('../../../libs/location/src/', import.meta.url).href,
  'read_cells',
);

describe('cars near passengers when it is hard', () => {
  let redis: OwnRedis;
  let cluster: TestCluster;
  let driver: ToldClient;
  let witness: ToldClient;
  let lat = ROME.lat;

  beforeAll(async () => {
    redis = await startRedis({ appendOnly: true, quiet: true });
    cluster = await TestCluster.start({
      env: {
        REDIS_URL: redis.url,
        REDIS_COMMAND_TIMEOUT: '2s',
        NEARBY_CARS_TICK: `${TICK_MS}ms`,
        LOCATION_SHARDS: String(SHARDS),
        LOCATION_JUMP_SLACK_METERS: '100000',
        WS_RATE_PER_SECOND: '2000',
        WS_RATE_BURST: '2000',
        WS_QUEUE_LENGTH: '1000',
        WS_MAX_BUFFERED_BYTES: String(32 * 1024 * 1024),
      },
      extraModules: [TrialModule],
    });
    driver = await cluster.connect(await cluster.addUser('driver'), 0);
    await driver.ask('driver:status:update', { availabilityStatus: 'AVAILABLE' });
    await driver.ask('driver:location:ping', ROME);
    witness = await passenger();
    await witness.waitFor<NearbySnapshot>(SNAPSHOT, ({ cars }) => cars.length === 1);
  });
  afterAll(async () => {
    await cluster.close();
    await redis.stop();
  });

  const passenger = async () => {
    const client = await cluster.connect(await cluster.addUser('passenger'), 1);
    await client.ask('nearby:subscribe', ROME);
    return client;
  };
  /** How often the cells of a shard were read while something was done, and how long that took. */
  const readsDuring = async (act: () => Promise<unknown>) => {
    const { REDIS_KEY_PREFIX } = cluster.environment;
    const { commands, stop } = await watchCommands(redis.url, REDIS_KEY_PREFIX);
    const startedAt = performance.now();
    await act();
    const elapsedMs = performance.now() - startedAt;
    stop();
    const reads = commands.filter(([, sha]) => sha === readCells.sha).length;
    return { reads, elapsedMs };
  };
  const updates = () => witness.payloads<NearbyUpdate>(UPDATE);
  /** One step further, and the witness has seen it. */
  const move = async () => {
    lat = Math.round((lat + 1e-4) * 1e4) / 1e4;
    await driver.ask('driver:location:ping', { lat, lng: ROME.lng });
    await until('the witness sees it', () => updates().at(-1)?.changed[0]?.lat === lat);
  };

  it('[NEAR3] passengers of the same streets share the reads of a tick', async () => {
    const others = await Promise.all(Array.from({ length: 40 }, passenger));
    await Promise.all(others.map((other) => other.waitFor(SNAPSHOT)));
    const { reads, elapsedMs } = await readsDuring(async () => {
      for (let i = 0; i < 10; i += 1) await move();
    });
    // One by one they would cost 41 reads a shard and tick.
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThan(2 * SHARDS * (elapsedMs / TICK_MS + 2));
    await until('all have seen the last step', () =>
      others.every((other) => other.payloads<NearbyUpdate>(UPDATE).at(-1)?.changed[0]?.lat === lat),
    );
    for (const other of others) other.close();
  });

  it('[NEAR3] one that does not read gets no cars until it has caught up, then the newest', async () => {
    const user = await cluster.addUser('passenger');
    const reader = await RawClient.open(cluster.url(1));
    await reader.enter('/passengers', user.token);
    reader.send(`42/passengers,0["nearby:subscribe",${JSON.stringify(ROME)}]`);
    await reader.waitFor((packet) => packet.includes(SNAPSHOT));
    const socket = cluster.instances[1]!.app.get(ConnectionRegistry).ofUser(user.userId)[0]!;
    reader.pause();
    const payload = 'x'.repeat(50_000);
    let id = 0;
    await until('much is unread', () => {
      reader.send(`42/passengers,${(id += 1)}["trial:echo","${payload}"]`);
      return unreadBytes(socket) > 20 * BEHIND_BYTES;
    });
    const sent = () => reader.received.filter((packet) => packet.includes('"nearby:'));
    const before = sent().length;
    for (let i = 0; i < 10; i += 1) await move();
    reader.resume();
    await until('it gets the newest', () => sent().at(-1)?.includes(`"lat":${lat}`) ?? false);
    expect(sent().slice(before)[0]).toContain(SNAPSHOT);
    expect(sent().length - before).toBeLessThan(10);
    reader.close();
  });

  it('[REDIS1] the last picture stays while Redis is away, and goes on when it is back', async () => {
    await move();
    const frames = witness.received.length;
    await redis.kill();
    await until(
      'the instance notices',
      async () => (await fetch(`${cluster.url(1)}/health/ready`)).status !== 200,
    );
    expect(await witness.request('nearby:subscribe', ROME)).toMatchObject({
      ok: false,
      error: { code: 'REDIS_UNAVAILABLE' },
    });
    await redis.restart();
    await until('positions are taken again', async () => {
      lat = Math.round((lat + 1e-4) * 1e4) / 1e4;
      const ack = await driver.request('driver:location:ping', { lat, lng: ROME.lng });
      return ack.ok;
    });
    await until('the move is seen', () => updates().at(-1)?.changed[0]?.lat === lat);
    const later = witness.received.slice(frames).filter(({ event }) => event.startsWith('nearby:'));
    expect(later.map(({ event }) => event)).not.toContain(SNAPSHOT);
    expect(later.flatMap(({ payload }) => (payload as NearbyUpdate).left)).toEqual([]);
    expect(witness.payloads('hello')).toHaveLength(1);
  });

  it('[NEAR3] an instance whose passengers have left reads nothing for them any more', async () => {
    witness.close();
    await until('no tick reads any more', async () => {
      const { reads } = await readsDuring(
        () => new Promise((resolve) => setTimeout(resolve, 10 * TICK_MS)),
      );
      return reads === 0;
    });
    await driver.ask('driver:location:ping', { lat, lng: ROME.lng });
  });
});
