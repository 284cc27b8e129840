import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigModule } from '#libs/config';
import { UserType } from '#libs/contracts';
import { ObservabilityModule } from '#libs/observability';
import { LuaScript, RedisCommands, RedisKeys, RedisModule } from '#libs/redis';
import { startModules, startTcpProxy, testEnvironment, until, uniquePrefix } from '#libs/testing';
import { AccountKeys } from './account-keys.js';
import { AccountsModule } from './accounts.module.js';
import { AccountsService } from './accounts.service.js';
import { Contacts } from './contacts.js';
import { OldKeys } from './old-keys.js';

const findScript = LuaScript.load(import.meta.url, 'find_marks');
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

  /** As a try leaves it that has crashed before it wrote the account. */
  async function holdName(
    instance: TestingModule,
    name: { email: string } | { phoneNumber: string },
    claim: string,
  ): Promise<void> {
    const keys = instance.get(Contacts).keysOf(name);
    await instance
      .get(RedisCommands)
      .do((redis) => Promise.all(keys.map((key) => redis.set(key, claim))));
  }

  it('[ACC11] An e-mail and a phone number that two crashed tries have claimed are free', async () => {
    const instance = await start({});
    const names = { email: 'ada@example.com', phoneNumber: '+491701234567' };
    await holdName(instance, { email: names.email }, 'crashed-first');
    await holdName(instance, { phoneNumber: names.phoneNumber }, 'crashed-second');
    const accounts = instance.get(AccountsService);
    const { id } = await accounts.create({
      userType: UserType.driver,
      password: 'correct horse',
      ...names,
    });
    for (const name of [{ email: names.email }, { phoneNumber: names.phoneNumber }])
      await expect(accounts.verifyPassword(name, 'correct horse')).resolves.toMatchObject({ id });
  });

  it('[ACC11] That a first try came to nothing is kept for a day, the number of the try that made the account for good', async () => {
    const instance = await start({});
    const [accounts, redis] = [instance.get(AccountsService), instance.get(RedisCommands)];
    const tries = instance.get(AccountKeys).tries('late');
    const ends = () => redis.do((commands) => commands.pttl(tries));
    const wanted = { userType: UserType.driver, password: 'correct horse' };
    await holdName(instance, { email: 'ada@example.com' }, 'late');
    await accounts.create({ ...wanted, email: 'ada@example.com' });
    expect(await ends()).toBeGreaterThan(0);
    await accounts.create({ ...wanted, id: 'late', email: 'bob@example.com' });
    expect(await ends()).toBe(-1);
    await expect(
      accounts.verifyPassword({ email: 'bob@example.com' }, 'correct horse'),
    ).resolves.toMatchObject({ id: 'late' });
  });

  it('[ACC11] A claim whose account and tries are both gone leaves its name free', async () => {
    const instance = await start({});
    const [email, id] = ['ada@example.com', 'erased'];
    await holdName(instance, { email }, `${id} 3`);
    const accounts = instance.get(AccountsService);
    await accounts.create({ userType: UserType.driver, email, password: 'correct horse' });
    await expect(accounts.exists({ email })).resolves.toBe(true);
    const tries = instance.get(AccountKeys).tries(id);
    await expect(instance.get(RedisCommands).do((redis) => redis.exists(tries))).resolves.toBe(0);
  });

  it('[ACC11] An account of an older release that is being moved keeps its address, and its claim stays good', async () => {
    const instance = await start({});
    const [keys, redis] = [instance.get(AccountKeys), instance.get(RedisCommands)];
    await instance.get(OldKeys).whenMoved();
    for (const [id, place] of [
      ['old', keys.oldRecord('user', 'old')],
      ['moving', keys.movingRecord('user', 'moving')],
    ] as const) {
      const email = `${id}@example.com`;
      await redis.do((commands) => commands.hset(place, { id, status: 'active', email }));
      await holdName(instance, { email }, id);
      await expect(
        instance
          .get(AccountsService)
          .create({ userType: UserType.driver, email, password: 'correct horse' }),
      ).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(redis.do((commands) => commands.exists(keys.tries(id)))).resolves.toBe(0);
    }
  });

  it('[AUTH16] What is untold of one person is told although that of another cannot be read', async () => {
    const instance = await start({});
    const [keys, redis] = [instance.get(AccountKeys), instance.get(RedisCommands)];
    const note = JSON.stringify(['place', UserType.driver, 'active', '1', '0']);
    await redis.do((commands) =>
      Promise.all([
        commands.set(keys.untold('away'), 'no list'),
        commands.rpush(keys.untold('there'), note),
      ]),
    );
    await redis.do((commands) => commands.zadd(keys.marks, '1', 'away mark', '2', 'there mark'));
    await until('the mark of the second is gone', async () => {
      const marks = await redis.do((commands) => commands.zrange(keys.marks, 0, '-1'));
      return !marks.includes('there mark');
    });
    const index = keys.index(UserType.driver, 'active');
    await expect(redis.do((commands) => commands.zrange(index, 0, '-1'))).resolves.toContain(
      'there',
    );
    const left = await redis.do((commands) => commands.zrange(keys.marks, 0, '-1'));
    expect(left).toContain('away mark');
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

  it('[AUTH16] What was left untold under a clock that has gone back since does not wait for that time', async () => {
    const instance = await start({});
    const redis = instance.get(RedisCommands);
    const marks = instance.get(RedisKeys).key('auth', 'marks-of-later');
    const inAnHour = Date.now() + 3_600_000;
    await redis.do((commands) => commands.zadd(marks, inAnHour, 'ann 1', 1, 'bob 1'));
    const found = async () => (await redis.run(findScript, [marks], [0, 10])) as string[];
    expect((await found()).filter((_, i) => i % 2 === 0)).toEqual(['bob 1', 'ann 1']);
    expect(Number(await redis.do((commands) => commands.zscore(marks, 'ann 1')))).toBeLessThan(
      inAnHour,
    );
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
