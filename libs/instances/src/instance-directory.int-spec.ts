import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  openRedis,
  startModules,
  startTcpProxy,
  testEnvironment,
  uniquePrefix,
  type TcpProxy,
} from '#libs/testing';
import { InstanceDirectory } from './instance-directory.js';
import { InstancesModule } from './instances.module.js';

describe(InstanceDirectory.name, () => {
  const prefix = uniquePrefix();
  const redis = openRedis(inject('redisUrl'));
  let proxy: TcpProxy;
  let context: TestingModule;

  beforeAll(async () => {
    proxy = await startTcpProxy(Number(new URL(inject('redisUrl')).port));
    const environment = {
      REDIS_KEY_PREFIX: prefix,
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
    };
    context = await startModules(testEnvironment(environment), [InstancesModule]);
  });
  afterAll(async () => {
    await context?.close();
    await proxy?.close();
  });

  it('[RELEASE3] who lives is told by the clock that the leases are of: no other server of a cluster is asked for its own', async () => {
    const [seconds] = await redis.time();
    const leaseUntil = (inMs: number) => Number(seconds) * 1_000 + inMs;
    await redis.hset(`${prefix}{instances}:contacts`, {
      living: `${leaseUntil(3_600_000)} 10.0.0.7 3000 a-key`,
      ended: `${leaseUntil(-1_000)} 10.0.0.8 3000 a-key`,
      ofThisRelease: `${leaseUntil(3_600_000)} 10.0.0.9 3000 a-key 2`,
    });
    proxy.cutBefore(/\r\ntime\r\n/i, 0);
    await expect(context.get(InstanceDirectory).older()).resolves.toEqual(['10.0.0.7:3000']);
    expect(proxy.isCut).toBe(false);
  });
});
