import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openRedis, startModules, testEnvironment, uniquePrefix, until } from '#libs/testing';
import { InstanceBoardStore } from './instance-board.store.js';
import { InstanceBoard } from './instance-board.js';
import { InstancesModule } from './instances.module.js';
import { type InstanceFigures, type InstanceStatus } from './instance-figures.js';

const figures: InstanceFigures = {
  connections: 3,
  requestsPerSecond: 1.5,
  messagesPerSecond: 20,
  deliveryP50Ms: 4,
  deliveryP99Ms: null,
  redisP50Ms: 0.4,
  redisP99Ms: 2,
  loopBusy: 0.1,
  memoryBytes: 90_000_000,
  refusals: { RATE_LIMITED: 2 },
};

const statusOf = (id: string): InstanceStatus => ({
  id,
  host: '127.0.0.1',
  port: 3000,
  version: '1.0.0',
  startedAt: '2026-11-28T10:00:00.000Z',
  connections: 3,
  draining: false,
  pressure: null,
  figures,
});

describe(InstanceBoard.name, () => {
  const prefix = uniquePrefix();
  const redis = openRedis(inject('redisUrl'));
  const statusKey = `${prefix}{instances}:status`;
  let context: TestingModule;
  let store: InstanceBoardStore;
  let board: InstanceBoard;

  beforeAll(async () => {
    context = await startModules(testEnvironment({ REDIS_KEY_PREFIX: prefix }), [InstancesModule]);
    store = context.get(InstanceBoardStore);
    board = context.get(InstanceBoard);
  });
  afterAll(async () => {
    await context.close();
  });

  /** As if the instance had said nothing any more for so long. */
  async function silence(id: string, sinceMs: number): Promise<void> {
    const said = await redis.hget(statusKey, id);
    const leaseEndsAt = Date.now() + 10_000 - sinceMs;
    await redis.hset(statusKey, id, `${leaseEndsAt} ${said!.slice(said!.indexOf(' ') + 1)}`);
  }

  it('[SYS1] an instance is live within its lease, remembered for an hour after it, then forgotten', async () => {
    await store.report(statusOf('one'), undefined);
    await store.report(statusOf('two'), undefined);
    await silence('two', 60_000);
    const [one, two] = await board.listAll();
    expect(one).toMatchObject({ id: 'one', isLive: true, figures });
    expect(one!.silentMs).toBeLessThan(10_000);
    expect(two).toMatchObject({ id: 'two', isLive: false });
    expect(two!.silentMs).toBeGreaterThanOrEqual(60_000);
    expect((await board.list()).map(({ id }) => id)).toEqual(['one']);
    await silence('two', 3_700_000);
    expect((await board.listAll()).map(({ id }) => id)).toEqual(['one']);
    expect(await redis.hkeys(statusKey)).toEqual(['one']);
  });

  it('[SYS1] of many that have gone only the last ones are remembered', async () => {
    for (let i = 0; i < 30; i += 1) {
      await store.report(statusOf(`crashed-${i}`), undefined);
      await silence(`crashed-${i}`, 100_000 - i * 1_000);
    }
    const gone = (await board.listAll()).filter(({ isLive }) => !isLive);
    expect(gone).toHaveLength(20);
    expect(gone.map(({ id }) => id)).toContain('crashed-29');
    expect(gone.map(({ id }) => id)).not.toContain('crashed-0');
  });

  it('[SYS1] a lease of a clock that has gone back since is no longer than any other', async () => {
    await store.report(statusOf('one'), undefined);
    await silence('one', -3_600_000);
    expect((await board.listAll()).find(({ id }) => id === 'one')).toMatchObject({ isLive: true });
    const [leaseEndsAt] = (await redis.hget(statusKey, 'one'))!.split(' ');
    expect(Number(leaseEndsAt)).toBeLessThanOrEqual(Date.now() + 10_000);
  });

  it('[SYS2] samples of a clock that has gone back since are read behind those before', async () => {
    const key = `${prefix}{instances}:history:back`;
    await store.report(statusOf('back'), undefined);
    const told = (connections: number) => JSON.stringify({ ...figures, connections });
    await redis.rpush(key, `9000 ${told(1)}`, `9020 ${told(2)}`, `5000 ${told(3)}`);
    const after = async (since: number) =>
      (await board.histories(since))
        .find(({ id }) => id === 'back')!
        .samples.map(({ connections }) => connections);
    expect(await after(0)).toEqual([1, 2, 3]);
    expect(await after(9_020)).toEqual([3]);
    expect(await after(8_000)).toEqual([1, 2]);
  });

  it('[SYS1] an instance of a release that says less is listed as well', async () => {
    const { figures: _, pressure: __, ...older } = statusOf('older');
    await redis.hset(statusKey, 'older', `${Date.now() + 10_000} ${JSON.stringify(older)}`);
    const found = (await board.listAll()).find(({ id }) => id === 'older');
    expect(found).toMatchObject({ isLive: true, figures: null, pressure: null });
  });

  it('[SYS2] an hour of samples is kept and no more, and those that follow are read alone', async () => {
    for (let i = 0; i < 200; i += 1)
      await store.report(statusOf('one'), { ...figures, connections: i });
    const key = `${prefix}{instances}:history:one`;
    expect(await redis.llen(key)).toBe(180);
    expect(await redis.pttl(key)).toBeGreaterThan(3_500_000);
    const history = async (since: number) =>
      (await board.histories(since)).find(({ id }) => id === 'one')!.samples;
    const all = await history(0);
    expect(all.map(({ connections }) => connections)).toEqual(
      Array.from({ length: 180 }, (_, i) => i + 20),
    );
    expect(all.at(-1)).toMatchObject({ ...figures, connections: 199, at: expect.any(Number) });
    expect(await history(all.at(-1)!.at)).toEqual([]);
    let later: Awaited<ReturnType<typeof history>> = [];
    await until('a later sample is there alone', async () => {
      await store.report(statusOf('one'), { ...figures, connections: 500 });
      later = await history(all.at(-1)!.at);
      return later.length > 0;
    });
    expect(later.every(({ connections }) => connections === 500)).toBe(true);
  });

  it('[SYS3] an order reaches the instance once; one that is not there gets none', async () => {
    await store.report(statusOf('one'), undefined);
    await expect(board.orderDrain('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await board.orderDrain('one')).toMatchObject({ id: 'one' });
    expect(await store.report(statusOf('one'), undefined)).toBe('drain');
    expect(await store.report(statusOf('one'), undefined)).toBe('');
  });
});
