import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openRedis, startModules, testEnvironment, uniquePrefix } from '#libs/testing';
import { InstanceDirectory } from './instance-directory.js';
import { InstancesModule } from './instances.module.js';

describe(InstanceDirectory.name, () => {
  const prefix = uniquePrefix();
  const redis = openRedis(inject('redisUrl'));
  let context: TestingModule;

  beforeAll(async () => {
    context = await startModules(testEnvironment({ REDIS_KEY_PREFIX: prefix }), [InstancesModule]);
  });
  afterAll(() => context?.close());

  it('[RELEASE3] who lives is told by the clock that the leases are of', async () => {
    const [seconds] = await redis.time();
    const leaseUntil = (inMs: number) => Number(seconds) * 1_000 + inMs;
    await redis.hset(`${prefix}{instances}:contacts`, {
      living: `${leaseUntil(3_600_000)} 10.0.0.7 3000 a-key`,
      ended: `${leaseUntil(-1_000)} 10.0.0.8 3000 a-key`,
      ofThisRelease: `${leaseUntil(3_600_000)} 10.0.0.9 3000 a-key 2`,
    });
    await expect(context.get(InstanceDirectory).older()).resolves.toEqual(['10.0.0.7:3000']);
  });
});
