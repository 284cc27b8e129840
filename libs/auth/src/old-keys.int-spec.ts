import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsModule, AccountsService, OldKeys, OlderInstances } from '#libs/accounts';
import { AppAudience, UserType } from '#libs/contracts';
import { KeyScan, RedisCommands } from '#libs/redis';
import { startModules, startTcpProxy, testEnvironment, until, uniquePrefix } from '#libs/testing';
import { AuthModule } from './auth.module.js';
import { AuthService } from './auth.service.js';
import { AccountGroups } from './groups/account-groups.js';
import { AccountBlocks } from './sessions/account-blocks.js';
import { SessionsService } from './sessions/sessions.service.js';
import { RefreshTokens } from './tokens/refresh-tokens.js';

interface Kept {
  id: string;
  sid: string;
  /** Ids of the refresh tokens of the session, the newest last. */
  tokens: string[];
}

/** What the release before had in Redis, key by key as DUMP gives it, all in the slot of `{auth}`. */
interface Fixture {
  anna: Kept;
  /** Banned. */
  bob: Kept;
  /** Suspended and let in again, with a session that has ended each time and one that lives. */
  cleo: Kept & { ended: string[] };
  /** Without a session. */
  dora: { id: string };
  records: Record<string, string>;
}

const fixture = JSON.parse(
  readFileSync(
    path.join(
      import.meta.dirname,
      '../../../apps/realtime/test/fixtures/accounts-in-one-slot.json',
    ),
    'utf8',
  ),
) as Fixture;
const FIXTURE_PREFIX = 'one-slot:';
const LATER_MS = 10 * 60_000;
const PASSWORD = 'correct horse';
const client = { address: '10.0.0.1', userAgent: 'test' };
/** More pieces with writes than the move needs. */
const MOST_WRITES = 200;
const WRITES = /\r\n(?:evalsha|eval|set|del)\r\n/i;
/** Crashes that are tried side by side. */
const AT_ONCE = 8;

describe('accounts and sessions that a release before this one has in one slot', () => {
  /** Uses the Redis of the tests, and reads and writes what is under the prefix. */
  let tool: TestingModule;
  const closing: Promise<unknown>[] = [];
  beforeAll(async () => {
    tool = await startModules(testEnvironment(), [AuthModule]);
  });
  afterAll(async () => {
    await Promise.all(closing);
    await tool?.close();
  });

  async function restored(prefix = uniquePrefix()): Promise<Record<string, string>> {
    const later = Date.now() + LATER_MS;
    const redis = tool.get(RedisCommands);
    for (const [key, dump] of Object.entries(fixture.records)) {
      const name = key.replace(FIXTURE_PREFIX, prefix);
      await redis.do((commands) => commands.restore(name, 0, Buffer.from(dump, 'base64')));
      // What was to end then is long over by now.
      if (!name.startsWith(`${prefix}{auth}:session:`)) continue;
      await redis.do((commands) => commands.pexpireat(name, later));
      const isLive = await redis.do((commands) => commands.hexists(name, 'sid'));
      if (isLive) await redis.do((commands) => commands.hset(name, 'expiresAt', later));
    }
    return {
      REDIS_KEY_PREFIX: prefix,
      FIRST_ADMIN_EMAIL: 'first.admin@example.com',
      LOGIN_ATTEMPTS_PER_ADDRESS: '100000',
    };
  }

  const start = (environment: Record<string, string>) =>
    startModules(testEnvironment(environment), [AuthModule]);

  /** The n-th refresh token of the session, as the release before has signed it. */
  function tokenOf(instance: TestingModule, { id, sid }: Kept, jti: string): string {
    const times = { issuedAt: Date.now(), expiresAt: Date.now() + LATER_MS };
    const nobody = { email: undefined, phoneNumber: undefined };
    return instance.get(RefreshTokens).issue({ userId: id, sid, jti, ...nobody, ...times });
  }

  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'ok',
      (error: { code?: string }) => String(error.code),
    );

  const login = (
    instance: TestingModule,
    identifier: { email: string } | { phoneNumber: string },
  ) =>
    instance.get(AuthService).login({
      identifier,
      password: PASSWORD,
      appAudience: AppAudience.driverApp,
      client,
    });

  /** Who was in is in, who was out is out, and nobody is lost or there twice. */
  async function expectMoved(instance: TestingModule): Promise<void> {
    const { anna, bob, cleo, dora } = fixture;
    const auth = instance.get(AuthService);
    const accounts = instance.get(AccountsService);
    const refresh = (kept: Kept, jti: string) => auth.refresh(tokenOf(instance, kept, jti), client);
    const sessions = instance.get(SessionsService);
    await until('they are moved', () =>
      accounts.exists({ email: 'anna@example.com' }).catch(() => false),
    );

    // The newest token goes on, once; its owner is known by the session alone.
    expect(await sessions.ownerOf(anna.sid)).toBe(anna.id);
    const next = await refresh(anna, anna.tokens.at(-1)!);
    expect((await auth.authenticate(next.accessToken)).sid).toBe(anna.sid);
    expect((await sessions.list(anna.id)).map(({ sid }) => sid)).toEqual([anna.sid]);
    expect(await instance.get(AccountGroups).follow(anna.id)).toEqual(['north']);
    instance.get(AccountGroups).leave(anna.id);
    await login(instance, { phoneNumber: '+49 170 1234567' });

    expect(await codeOf(refresh(bob, bob.tokens[0]!))).toBe('ACCOUNT_BANNED');
    expect(await codeOf(login(instance, { email: 'BOB@example.com' }))).toBe('ACCOUNT_BANNED');
    expect(await accounts.get(bob.id)).toMatchObject({ status: 'banned', statusReason: 'fraud' });

    expect((await sessions.list(cleo.id)).map(({ sid }) => sid)).toEqual([cleo.sid]);
    expect(await codeOf(refresh(cleo, cleo.tokens[0]!))).toBe('ok');
    for (const sid of cleo.ended) {
      const token = tokenOf(instance, { ...cleo, sid }, 'any');
      expect(await codeOf(auth.refresh(token, client))).toBe('SESSION_REVOKED');
    }

    expect(await accounts.get(dora.id)).toMatchObject({ userType: 'passenger' });
    const { total, accounts: all } = await accounts.list({ page: 1, limit: 100 });
    expect([total, all.length]).toEqual([5, 5]);
    const banned = await accounts.list({ page: 1, limit: 100, status: 'banned' });
    expect(banned.accounts.map(({ id }) => id)).toEqual([bob.id]);
    for (const taken of [{ email: 'Anna@example.com' }, { phoneNumber: '+491701234567' }]) {
      const again = accounts.create({ userType: UserType.driver, password: PASSWORD, ...taken });
      expect(await codeOf(again)).toBe('CONFLICT');
    }
    // A copy of a token of before is one still.
    expect(await codeOf(refresh(anna, anna.tokens[0]!))).toBe('REFRESH_REUSED');
    expect(await codeOf(auth.authenticate(next.accessToken))).toBe('SESSION_REVOKED');
  }

  async function keysUnder(prefix: string): Promise<string[]> {
    const keys = await tool.get(RedisCommands).onEachPrimary((server) => server.keys(`${prefix}*`));
    return keys.flat();
  }

  /** What accounts and sessions have in Redis, without what tells of times. */
  async function contentOf(prefix: string): Promise<Record<string, unknown>> {
    const redis = tool.get(RedisCommands);
    const names = await keysUnder(prefix);
    const content: Record<string, unknown> = {};
    for (const name of names.toSorted()) {
      const part = name.slice(prefix.length);
      if (!/^\{(user|session):|^\{auth\}:(user|users|session|sessions|moving|placed):/.test(part)) {
        continue;
      }
      const type = await redis.do((commands) => commands.type(name));
      if (type === 'hash') {
        const { expiresAt, ...fields } = await redis.do((commands) => commands.hgetall(name));
        content[part] = { ...fields, ends: expiresAt !== undefined };
      } else if (type === 'zset') {
        content[part] = (await redis.do((commands) => commands.zrange(name, 0, '-1'))).toSorted();
      } else {
        content[part] = await redis.do((commands) => commands.get(name));
      }
    }
    return content;
  }
  it('[RELEASE2] are moved by whichever instance starts first; who was in stays in, who was out stays out', async () => {
    const environment = await restored();
    const instances = await Promise.all([start(environment), start(environment)]);
    await expectMoved(instances[1]!);
    const left = await instances[0]!.get(KeyScan).all('{auth}:*');
    const kinds = left.map((key) => key.split(':')[2]);
    expect(kinds.filter((kind) => ['session', 'sessions', 'moving'].includes(kind!))).toEqual([]);
    await Promise.all(instances.map((instance) => instance.close()));
  });

  const startAccounts = async (environment: Record<string, string>) =>
    startModules(
      testEnvironment({ ...environment, FIRST_ADMIN_EMAIL: '', FIRST_ADMIN_PASSWORD: '' }),
      [AccountsModule],
    );

  async function moveWhole(environment: Record<string, string>): Promise<Record<string, unknown>> {
    const instance = await startAccounts(environment);
    await instance.get(OldKeys).whenMoved();
    const content = await contentOf(environment['REDIS_KEY_PREFIX']!);
    await instance.close();
    return content;
  }

  /** An instance whose way to Redis is cut, for good, after so many writes; then another one. */
  async function crashAndMove(writes: number): Promise<['crashed' | 'done', unknown]> {
    const environment = await restored();
    const prefix = environment['REDIS_KEY_PREFIX']!;
    const proxy = await startTcpProxy(Number(new URL(testEnvironment().REDIS_URL).port));
    // Looks over all keys of Redis are as many as others have filled it.
    proxy.cutBefore(WRITES, writes);
    const crashed = await startAccounts({
      ...environment,
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
    });
    const redis = tool.get(RedisCommands);
    const isMarked = async () =>
      (await redis.do((commands) => commands.exists(`${prefix}{auth}:layout`))) === 1;
    await until('it has crashed or is done', async () => proxy.isCut || (await isMarked()));
    const end = (await isMarked()) ? 'done' : 'crashed';
    proxy.cut();
    // It would try to reach Redis again and again.
    closing.push(crashed.close(), proxy.close());
    // Its lease ends by itself: nobody waits a minute for it here.
    await redis.do((commands) => commands.del(`${prefix}{auth}:moving-lease`));
    return [end, await moveWhole(environment)];
  }

  it('[RELEASE2] are moved over crashes at any moment of it', { timeout: 600_000 }, async () => {
    const whole = await moveWhole(await restored());
    expect(Object.keys(whole)).toContain(`{user:${fixture.anna.id}}:account`);
    const ends: string[] = [];
    while (!ends.includes('done') && ends.length < MOST_WRITES) {
      const first = ends.length;
      const next = Array.from({ length: AT_ONCE }, (_, i) => crashAndMove(first + i));
      for (const [end, content] of await Promise.all(next)) {
        ends.push(end);
        expect(content).toEqual(whole);
      }
    }
    expect(ends).toContain('done');
    expect(ends).toContain('crashed');
  });

  it('[RELEASE2] are moved again where Redis goes back to before the move while instances run', async () => {
    const environment = await restored();
    const prefix = environment['REDIS_KEY_PREFIX']!;
    const proxy = await startTcpProxy(Number(new URL(testEnvironment().REDIS_URL).port));
    const instance = await start({
      ...environment,
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
    });
    await instance.get(OldKeys).whenMoved();
    proxy.cut();
    const redis = tool.get(RedisCommands);
    for (const key of await keysUnder(prefix)) await redis.do((commands) => commands.del(key));
    await restored(prefix);
    proxy.mend();
    await expectMoved(instance);
    await instance.close();
    await proxy.close();
  });

  /** Accounts of before, and an instance of before that has them. */
  const besideAnOlder = async () => {
    const environment = await restored();
    const prefix = environment['REDIS_KEY_PREFIX']!;
    const redis = tool.get(RedisCommands);
    const contacts = `${prefix}{instances}:contacts`;
    const living = `${Date.now() + 3_600_000} 10.0.0.7 3000 a-key`;
    const come = () => redis.do((commands) => commands.hset(contacts, 'old', living));
    const leave = () => redis.do((commands) => commands.hdel(contacts, 'old'));
    await come();
    return { environment, prefix, come, leave };
  };

  it('[RELEASE3] stay where they are while an instance of before lives, and move once it has ended', async () => {
    const { environment, prefix, come, leave } = await besideAnOlder();
    const before = await contentOf(prefix);
    const instance = await start(environment);
    const older = instance.get(OlderInstances);
    // So a program says that starts, and a command line.
    await expect(older.awaitEnd(0)).rejects.toThrow(
      /release before run on this Redis: 10\.0\.0\.7:3000.*Stop all of them, then start this release/,
    );
    const exists = () => instance.get(AccountsService).exists({ email: 'anna@example.com' });
    expect(await codeOf(exists())).toBe('REDIS_UNAVAILABLE');
    expect(await contentOf(prefix)).toEqual(before);
    await leave();
    await older.awaitEnd(0);
    await expectMoved(instance);
    // Beside one that is started by mistake after the move nobody waits.
    await come();
    await older.awaitEnd(0);
    await instance.close();
  });

  it('[RELEASE3] stay where they are while Redis does not say whether an instance of before lives', async () => {
    const { environment, leave } = await besideAnOlder();
    const proxy = await startTcpProxy(Number(new URL(testEnvironment().REDIS_URL).port));
    const instance = await startAccounts({
      ...environment,
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
    });
    const [older, oldKeys] = [instance.get(OlderInstances), instance.get(OldKeys)];
    proxy.cut();
    await expect(older.awaitEnd(0)).rejects.toThrow(/did not say.*start this again/);
    await expect(oldKeys.moveOrSayWhyNot()).rejects.toThrow(/did not say.*start this again/);
    let hasPassed = false;
    const waiting = older.awaitEnd(600_000).then(() => (hasPassed = true));
    proxy.mend();
    await until('it is seen again', () =>
      oldKeys.moveOrSayWhyNot().then(
        () => false,
        (error: Error) => error.message.includes('10.0.0.7:3000'),
      ),
    );
    expect(hasPassed).toBe(false);
    await leave();
    await waiting;
    await oldKeys.moveOrSayWhyNot();
    await instance.close();
    await proxy.close();
  });

  it('[RELEASE2] an account that an instance of before has made since the move is found as well', async () => {
    const environment = await restored();
    const prefix = environment['REDIS_KEY_PREFIX']!;
    const instance = await start(environment);
    const accounts = instance.get(AccountsService);
    await instance.get(OldKeys).whenMoved();
    const redis = tool.get(RedisCommands);
    // As it was made there, and one that is banned here made anew as active.
    for (const id of ['late', fixture.bob.id]) {
      const record = { id, userType: 'driver', status: 'active', createdAt: '1', updatedAt: '1' };
      await redis.do((commands) => commands.del(`${prefix}{auth}:user:${id}`));
      await redis.do((commands) => commands.hset(`${prefix}{auth}:user:${id}`, record));
    }
    expect(await instance.get(OldKeys).moveLate()).toBe(true);
    expect(await accounts.get('late')).toMatchObject({ userType: 'driver', status: 'active' });
    expect(await accounts.get(fixture.bob.id)).toMatchObject({ status: 'banned' });
    const there = (id: string) =>
      redis.do((commands) => commands.hget(`${prefix}{auth}:user:${id}`, 'status'));
    expect([await there('late'), await there(fixture.bob.id)]).toEqual([null, 'banned']);
    await instance.close();
  });

  it('[RELEASE2] an instance of before that runs on lets in nobody who was put out, and takes no address again', async () => {
    const environment = await restored();
    const instance = await start(environment);
    await expectMoved(instance);
    const redis = tool.get(RedisCommands);
    const key = (...parts: string[]) =>
      `${environment['REDIS_KEY_PREFIX']}{auth}:${parts.join(':')}`;
    const { anna, bob, cleo } = fixture;
    // Where it looks: no session is there, no account of theirs, and of who is blocked that it is.
    for (const { id, sid } of [anna, bob, cleo]) {
      expect(await redis.do((commands) => commands.exists(key('session', sid)))).toBe(0);
      const status = await redis.do((commands) => commands.hget(key('user', id), 'status'));
      expect(status).toBe(id === bob.id ? 'banned' : null);
    }
    expect(await redis.do((commands) => commands.get(key('email', 'anna@example.com')))).toBe(
      anna.id,
    );
    // Also of who is put out later, until it is let in again.
    const blocks = instance.get(AccountBlocks);
    const statusThere = () => redis.do((commands) => commands.hget(key('user', cleo.id), 'status'));
    await blocks.suspend(cleo.id, 'documents');
    expect(await statusThere()).toBe('suspended');
    await blocks.reactivate(cleo.id);
    expect(await statusThere()).toBe(null);
    await instance.close();
  });
});
