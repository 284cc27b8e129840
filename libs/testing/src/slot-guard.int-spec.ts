import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestingModule } from '@nestjs/testing';
import { RedisCommands, slotOf } from '#libs/redis';
import { startModules } from './modules.js';
import { testEnvironment } from './test-environment.js';
import { takeViolations } from './slot-guard.js';

describe('what a cluster would refuse', () => {
  let modules: TestingModule;
  beforeAll(async () => (modules = await startModules(testEnvironment(), [])));
  afterAll(() => modules.close());

  it('[CLUS4] is refused by one Redis of the tests as well, in commands and transactions', async () => {
    const redis = modules.get(RedisCommands);
    await redis.do((client) => client.mget('{a}:1', '{a}:2'));
    await redis.do((client) => client.multi().get('{a}:1').get('{a}:2').exec());
    expect(takeViolations()).toEqual([]);
    const across = redis.do((client) => client.mget('{a}:1', '{b}:2'));
    await expect(across).rejects.toMatchObject({ cause: { message: /CROSSSLOT/ } });
    expect(takeViolations()).toEqual(['CROSSSLOT mget has keys in 2 slots: {a}:1, {b}:2']);
    await redis.do((client) => client.multi().get('{a}:1').get('{b}:2').exec()).catch(() => null);
    expect(takeViolations()).toHaveLength(1);
  });

  it('[CLUS4] is refused as well where it asks for the time of no server in particular', async () => {
    const asked = modules.get(RedisCommands).do((client) => client.time());
    await expect(asked).rejects.toMatchObject({ cause: { message: /TIME names no key/ } });
    expect(takeViolations()).toHaveLength(1);
  });

  it('[CLUS4] slots are those that Redis finds', () => {
    // CLUSTER KEYSLOT of each.
    expect(slotOf('123456789')).toBe(12_739);
    expect(slotOf('{user1000}.following')).toBe(slotOf('{user1000}.followers'));
    expect(slotOf('foo{}{bar}')).not.toBe(slotOf('bar'));
    expect(slotOf('foo{{bar}}zap')).toBe(slotOf('{bar'));
  });
});
