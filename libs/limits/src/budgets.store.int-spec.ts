import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '#libs/observability';
import { RedisCommands, RedisKeys } from '#libs/redis';
import { openRedisOrCluster, startModules, testEnvironment, until } from '#libs/testing';
import { BudgetsStore } from './budgets.store.js';
import { LimitsModule } from './limits.module.js';
import { SpreadBudgets } from './spread-budgets.js';

/** So slow that next to nothing comes back during a test. */
const SLOW = { ratePerSecond: 1, rateBurst: 1_000 };

describe('budgets in Redis', () => {
  const environment = testEnvironment();
  const instances: TestingModule[] = [];
  const redis = openRedisOrCluster(environment.REDIS_URL);
  beforeAll(async () => {
    for (let i = 0; i < 2; i += 1) instances.push(await startModules(environment, [LimitsModule]));
  });
  afterAll(async () => {
    redis.disconnect();
    await Promise.all(instances.map((instance) => instance.close()));
  });
  const store = (instance: number) => instances[instance]!.get(BudgetsStore);
  const keyOf = (userId: string) =>
    instances[0]!.get(RedisKeys).key(`user:${userId}`, 'budget', 'rest');
  const spread = (instance: number) =>
    new SpreadBudgets(SLOW, (userId, spent, limits) =>
      store(instance).settle('rest', userId, spent, limits),
    );

  it('[LIM8] what one instance takes is gone for all, the kinds apart, and comes back with time', async () => {
    expect(await store(0).settle('rest', 'ada', 0, SLOW)).toBe(1_000);
    expect(await redis.exists(keyOf('ada'))).toBe(0);
    expect(await store(0).settle('rest', 'ada', 400, SLOW)).toBe(600);
    const left = await store(1).settle('rest', 'ada', 700, SLOW);
    expect(left).toBeLessThan(0);
    expect(await store(1).settle('sockets', 'ada', 0, SLOW)).toBe(1_000);
    expect(await store(1).settle('rest', 'bob', 0, SLOW)).toBe(1_000);
    // As if the time had passed.
    await redis.hincrby(keyOf('ada'), 'since', -50_000);
    const later = await store(0).settle('rest', 'ada', 0, SLOW);
    expect(later - left).toBeGreaterThanOrEqual(49);
    await redis.hincrby(keyOf('ada'), 'since', -10_000_000);
    expect(await store(0).settle('rest', 'ada', 0, SLOW)).toBe(1_000);
  });

  it('[LIM8] is kept until it is full again; a clock that has gone back gives nothing and takes nothing', async () => {
    const left = await store(0).settle('rest', 'eve', 300, SLOW);
    expect(left).toBe(700);
    const ttlMs = await redis.pttl(keyOf('eve'));
    expect(ttlMs).toBeGreaterThan(0);
    expect(ttlMs).toBeLessThanOrEqual(300_000);
    await redis.hincrby(keyOf('eve'), 'since', 3_600_000);
    expect(await store(0).settle('rest', 'eve', 0, SLOW)).toBeGreaterThanOrEqual(700);
    expect(await store(0).settle('rest', 'eve', 0, SLOW)).toBeLessThan(1_000);
  });

  it('[LIM8] an instance hears what was spent on another and refuses sooner', async () => {
    const [first, second] = [spread(0), spread(1)];
    expect(first.take('kim', 900, 0)).toBe(0);
    await until('it is told', async () => (await redis.exists(keyOf('kim'))) === 1);
    expect(second.take('kim', 200, 0)).toBe(0);
    // By its own count it would let hundreds more through.
    await until('it has heard', () => second.take('kim', 1, 0) > 0);
  });

  it('[LIM8] where Redis cannot tell, an instance goes by its own count', async () => {
    await redis.set(keyOf('leo'), 'no budget');
    const budgets = spread(0);
    expect(budgets.take('leo', 600, 0)).toBe(0);
    await expect(store(0).settle('rest', 'leo', 1, SLOW)).rejects.toThrow(/WRONGTYPE/);
    expect(budgets.take('leo', 400, 0)).toBe(0);
    expect(budgets.take('leo', 1, 0)).toBe(1_000);
    await redis.del(keyOf('leo'));
  });

  it('[LOG2] that one budget cannot be settled is said once, also while others can', async () => {
    const lines: { level: number; work: string }[] = [];
    const log = createLogger('info', {
      write: (line) => lines.push(JSON.parse(line) as (typeof lines)[number]),
    });
    const [instance] = instances;
    const quiet = new BudgetsStore(instance!.get(RedisCommands), instance!.get(RedisKeys), log);
    await redis.set(keyOf('mia'), 'no budget');
    for (let i = 0; i < 3; i += 1) {
      await expect(quiet.settle('rest', 'mia', 1, SLOW)).rejects.toThrow(/WRONGTYPE/);
      expect(await quiet.settle('rest', 'noa', 0, SLOW)).toBe(1_000);
    }
    expect(lines).toMatchObject([{ level: 50, work: 'settling budgets' }]);
    await redis.del(keyOf('mia'));
  });
});
