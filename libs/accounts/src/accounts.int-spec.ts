import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigModule } from '#libs/config';
import { UserType } from '#libs/contracts';
import { ObservabilityModule } from '#libs/observability';
import { RedisCommands, RedisKeys, RedisModule } from '#libs/redis';
import { startModules, startTcpProxy, testEnvironment, until, uniquePrefix } from '#libs/testing';
import { AccountsModule } from './accounts.module.js';
import { AccountsService } from './accounts.service.js';

const ADMIN = { email: 'first.admin@example.com' };

describe('accounts', () => {
  const instances: TestingModule[] = [];
  afterEach(async () => {
    await Promise.all(instances.splice(0).map((instance) => instance.close()));
  });

  async function start(environment: Record<string, string>): Promise<TestingModule> {
    const instance = await startModules(testEnvironment(environment), [AccountsModule]);
    instances.push(instance);
    return instance;
  }

  it('[ACC5] Instances that start at once create the first admin once', async () => {
    const environment = { REDIS_KEY_PREFIX: uniquePrefix() };
    const started = await Promise.all([start(environment), start(environment), start(environment)]);
    const again = await start({ ...environment, FIRST_ADMIN_PASSWORD: 'changed-password' });
    for (const instance of [...started, again]) {
      const accounts = instance.get(AccountsService);
      const { total } = await accounts.list({ page: 1, limit: 10, userType: UserType.admin });
      expect(total).toBe(1);
      await expect(accounts.verifyPassword(ADMIN, 'first-admin-password')).resolves.toMatchObject({
        userType: 'admin',
      });
      await expect(accounts.verifyPassword(ADMIN, 'changed-password')).resolves.toBeUndefined();
    }
  });

  it('[ACC5] The address of the first admin may be written in any spelling, and logs in by any', async () => {
    const accounts = (await start({ FIRST_ADMIN_EMAIL: ' Jürgen@MÜNCHEN.de ' })).get(
      AccountsService,
    );
    for (const email of ['jürgen@xn--mnchen-3ya.de', 'ju\u0308rgen@münchen.de']) {
      await expect(
        accounts.verifyPassword({ email }, 'first-admin-password'),
      ).resolves.toMatchObject({ userType: 'admin', email: 'jürgen@xn--mnchen-3ya.de' });
    }
  });

  it('[ACC5] A start without Redis goes on; the first admin is created once it is there', async () => {
    const proxy = await startTcpProxy(Number(new URL(testEnvironment().REDIS_URL).port));
    const environment = testEnvironment({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    proxy.cut();
    const instance = await Test.createTestingModule({
      imports: [ConfigModule.from(environment), ObservabilityModule, RedisModule, AccountsModule],
    }).compile();
    instances.push(instance);
    await instance.init();
    proxy.mend();
    const accounts = instance.get(AccountsService);
    await until('the admin is listed', () =>
      accounts.list({ page: 1, limit: 10 }).then(
        ({ total }) => total === 1,
        () => false,
      ),
    );
    await expect(accounts.exists(ADMIN)).resolves.toBe(true);
    await proxy.close();
  });

  it('[ACC6] Redis holds an argon2id hash of the password and nothing else of it', async () => {
    const instance = await start({});
    const password = 'correct horse battery';
    const { id } = await instance
      .get(AccountsService)
      .create({ userType: UserType.driver, email: 'ada@example.com', password });
    const stored = await instance
      .get(RedisCommands)
      .do((redis) => redis.hgetall(instance.get(RedisKeys).key(`user:${id}`, 'account')));
    expect(stored['passwordHash']).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(JSON.stringify(stored)).not.toContain(password);
  });

  it('[ACC6] An unknown account costs the same hashing as a wrong password', async () => {
    const instance = await start({});
    const accounts = instance.get(AccountsService);
    await accounts.create({
      userType: UserType.driver,
      email: 'a@example.com',
      password: 'x'.repeat(8),
    });
    // In turns, and the fastest of each: whatever else runs slows some of both.
    let known = Number.POSITIVE_INFINITY;
    let unknown = Number.POSITIVE_INFINITY;
    const durationOf = async (email: string) => {
      const startedAt = performance.now();
      await accounts.verifyPassword({ email }, 'wrong horse');
      return performance.now() - startedAt;
    };
    for (let i = 0; i < 7; i += 1) {
      known = Math.min(known, await durationOf('a@example.com'));
      unknown = Math.min(unknown, await durationOf('b@example.com'));
    }
    expect(unknown).toBeGreaterThan(known / 5);
  });
});
