import { type TestingModule } from '@nestjs/testing';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountKeys, AccountsService, type Account } from '#libs/accounts';
import { AccountStatus, AppAudience, SessionEndReason, UserType } from '#libs/contracts';
import { RedisCommands } from '#libs/redis';
import { startModules, startTcpProxy, testEnvironment, until, uniquePrefix } from '#libs/testing';
import { AuthModule } from './auth.module.js';
import { AuthService, type Login } from './auth.service.js';
import { AccountGroups } from './groups/account-groups.js';
import { Revocations } from './revocation/revocations.js';
import { AccountBlocks } from './sessions/account-blocks.js';
import { SessionsService } from './sessions/sessions.service.js';

const PASSWORD = 'correct horse';
const client = { address: '10.0.0.1', userAgent: 'test' };
const MOST_SESSIONS = 2;
/** More writes than any of these needs: the test ends at the first crash that comes too late. */
const MOST_WRITES = 40;
/** Older than a mark that others leave alone, younger than one that they forget. */
const MARK_AGE_MS = 10_000;
/** Crashes that are tried side by side. */
const AT_ONCE = 5;

interface Person {
  account: Account;
  email: string;
  pair: Login;
}

/**
 * Each crash is an instance whose way to Redis is cut, for good, before its next write: what it had
 * sent until then is done, what came after is not. The other instance says what came of it.
 */
describe('a crash between any two writes', { timeout: 600_000 }, () => {
  const prefix = uniquePrefix();
  const environment = {
    REDIS_KEY_PREFIX: prefix,
    MAX_SESSIONS_PER_USER: String(MOST_SESSIONS),
    LOGIN_ATTEMPTS_PER_ADDRESS: '100000',
  };
  let steady: TestingModule;
  let sequence = 0;
  const closing: Promise<unknown>[] = [];

  beforeAll(async () => {
    steady = await startModules(testEnvironment(environment), [AuthModule]);
    await until('it follows', () => steady.get(Revocations).standing === 'current');
  });
  afterAll(async () => {
    await Promise.all(closing);
    await steady?.close();
  });

  /** Does the work on an instance that crashes after `writes` of its messages to Redis. */
  async function crashing(
    writes: number,
    work: (instance: TestingModule) => Promise<unknown>,
  ): Promise<'done' | 'crashed'> {
    const proxy = await startTcpProxy(Number(new URL(testEnvironment().REDIS_URL).port));
    const instance = await startModules(
      testEnvironment({ ...environment, REDIS_URL: `redis://127.0.0.1:${proxy.port}` }),
      [AuthModule],
    );
    await until('it follows', () => instance.get(Revocations).standing === 'current');
    proxy.cutBefore(prefix, writes);
    try {
      await work(instance);
      return 'done';
    } catch (error) {
      expect(error).toMatchObject({ code: 'REDIS_UNAVAILABLE' });
      return 'crashed';
    } finally {
      proxy.cut();
      // It would try to reach Redis again and again.
      closing.push(instance.close(), proxy.close());
    }
  }

  /** Those who left marks have been away for longer than others wait for them. */
  async function letMarksAge(): Promise<void> {
    const marks = steady.get(AccountKeys).marks;
    const redis = steady.get(RedisCommands);
    const left = await redis.do((commands) => commands.zrange(marks, 0, '-1'));
    await Promise.all(
      left.map((mark) => redis.do((commands) => commands.zincrby(marks, -MARK_AGE_MS, mark))),
    );
  }

  /** Once for every number of writes, until one is enough for all of the work. */
  async function atEach(
    prepare: () => Promise<Person>,
    work: (instance: TestingModule, person: Person) => Promise<unknown>,
  ): Promise<Person[]> {
    const people: Person[] = [];
    for (let writes = 0; writes < MOST_WRITES; writes += AT_ONCE) {
      const ends = await Promise.all(
        Array.from({ length: AT_ONCE }, async (_, i) => {
          const person = await prepare();
          people.push(person);
          return crashing(writes + i, (instance) => work(instance, person));
        }),
      );
      if (ends.includes('done')) {
        await letMarksAge();
        return people;
      }
    }
    throw new Error(`${MOST_WRITES} writes were not enough.`);
  }

  const login = (instance: TestingModule, email: string): Promise<Login> =>
    instance.get(AuthService).login({
      identifier: { email },
      password: PASSWORD,
      appAudience: AppAudience.driverApp,
      client,
    });

  async function newPerson(): Promise<Person> {
    const email = `person${(sequence += 1)}@example.com`;
    const userType = UserType.driver;
    const account = await steady
      .get(AccountsService)
      .create({ userType, email, password: PASSWORD });
    return { account, email, pair: await login(steady, email) };
  }

  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'ok',
      (error: { code?: string }) => String(error.code),
    );
  const codeOfToken = ({ accessToken }: { accessToken: string }) =>
    codeOf(steady.get(AuthService).authenticate(accessToken));
  const isListed = async (userId: string, status: AccountStatus): Promise<boolean> => {
    const page = await steady.get(AccountsService).list({ status, page: 1, limit: 1_000 });
    return page.accounts.some(({ id }) => id === userId);
  };

  it('[AUTH16] a ban holds whole or not at all, and whoever is out is told of everywhere', async () => {
    const heard = new Set<string>();
    const stop = steady.get(Revocations).onRevoked(({ sid }) => sid && heard.add(sid));
    const people = await atEach(newPerson, (instance, { account }) =>
      instance.get(AccountBlocks).ban(account.id, 'fraud'),
    );
    let banned = 0;
    for (const { account, email, pair } of people) {
      const { status } = await steady.get(AccountsService).get(account.id);
      if (status === AccountStatus.active) {
        expect(await codeOfToken(pair)).toBe('ok');
        continue;
      }
      banned += 1;
      expect(await codeOfToken(pair)).toBe('ACCOUNT_BANNED');
      expect(await codeOf(steady.get(AuthService).refresh(pair.refreshToken, client))).toBe(
        'ACCOUNT_BANNED',
      );
      expect(await codeOf(login(steady, email))).toBe('ACCOUNT_BANNED');
      await until('it is told', () => heard.has(pair.sid));
      await until('it is listed so', () => isListed(account.id, AccountStatus.banned));
      await until('and not as before', async () => !(await isListed(account.id, 'active')));
    }
    expect(banned).toBeGreaterThan(1);
    expect(banned).toBeLessThan(people.length);
    stop();
  });

  it('[AUTH16] a session is ended whole or not at all, also where a copy of its token shows up', async () => {
    const heard = new Set<string>();
    const stop = steady.get(Revocations).onRevoked(({ sid }) => sid && heard.add(sid));
    const revoked = await atEach(newPerson, (instance, { pair, account }) =>
      instance.get(SessionsService).revoke(pair.sid, account.id, SessionEndReason.revokedByAdmin),
    );
    const copied = await atEach(
      async () => {
        const person = await newPerson();
        const next = await steady.get(AuthService).refresh(person.pair.refreshToken, client);
        await steady.get(AuthService).refresh(next.refreshToken, client);
        return person;
      },
      async (instance, { pair }) => {
        const refreshed = instance.get(AuthService).refresh(pair.refreshToken, client);
        await refreshed.catch((error: { code?: string }) => {
          if (error.code !== 'REFRESH_REUSED') throw error;
        });
      },
    );
    let ended = 0;
    for (const { pair } of [...revoked, ...copied]) {
      const code = await codeOfToken(pair);
      if (code === 'ok') continue;
      ended += 1;
      expect(code).toBe('SESSION_REVOKED');
      await until('it is told', () => heard.has(pair.sid));
    }
    expect(ended).toBeGreaterThan(2);
    // The copy itself opens nothing, whatever became of the session.
    for (const { pair } of copied) {
      const code = await codeOf(steady.get(AuthService).refresh(pair.refreshToken, client));
      expect(['REFRESH_REUSED', 'SESSION_REVOKED']).toContain(code);
    }
    stop();
  });

  it('[AUTH16] the oldest session that gives way to a new one is told of', async () => {
    const heard = new Set<string>();
    const stop = steady.get(Revocations).onRevoked(({ sid }) => sid && heard.add(sid));
    const people = await atEach(
      async () => {
        const person = await newPerson();
        for (let i = 1; i < MOST_SESSIONS; i += 1) await login(steady, person.email);
        return person;
      },
      (instance, { email }) => login(instance, email),
    );
    let evicted = 0;
    for (const { account, pair } of people) {
      const sessions = await steady.get(SessionsService).list(account.id);
      expect(sessions.length).toBe(MOST_SESSIONS);
      if (sessions.some(({ sid }) => sid === pair.sid)) {
        expect(await codeOfToken(pair)).toBe('ok');
        continue;
      }
      evicted += 1;
      expect(await codeOfToken(pair)).toBe('SESSION_REVOKED');
      await until('it is told', () => heard.has(pair.sid));
    }
    expect(evicted).toBeGreaterThan(1);
    stop();
  });

  it('[AUTH16] a refresh whose answer is lost is given again, as one line of tokens', async () => {
    const people = await atEach(newPerson, (instance, { pair }) =>
      instance.get(AuthService).refresh(pair.refreshToken, client),
    );
    for (const { pair } of people) {
      const again = await steady.get(AuthService).refresh(pair.refreshToken, client);
      const once = await steady.get(AuthService).refresh(pair.refreshToken, client);
      expect(decodeJwt(once.refreshToken).jti).toBe(decodeJwt(again.refreshToken).jti);
      expect(await codeOfToken(again)).toBe('ok');
      const [found] = await steady
        .get(SessionsService)
        .list(String(decodeJwt(again.accessToken).sub));
      expect(found?.sid).toBe(pair.sid);
      expect(await steady.get(SessionsService).ownerOf(pair.sid)).toBe(found?.userId);
    }
  });

  it('[AUTH16] a change of groups that holds is told of', async () => {
    const groups = steady.get(AccountGroups);
    const people = await atEach(
      async () => {
        const person = await newPerson();
        await groups.follow(person.account.id);
        return person;
      },
      (instance, { account }) => instance.get(AccountGroups).set(account.id, ['north']),
    );
    let changed = 0;
    for (const { account } of people) {
      const stored = (await steady.get(AccountsService).get(account.id)).groups;
      await until('it is known', () => groups.of(account.id).join() === stored.join());
      changed += stored.length;
      groups.leave(account.id);
    }
    expect(changed).toBeGreaterThan(0);
  });

  it('[ACC11] an account that is being made is there whole or not at all, and its address is free or taken', async () => {
    const wanted: { email: string; id?: string }[] = [];
    const make = async (writes: number, isChosen: boolean) => {
      const name = `${isChosen ? 'chosen' : 'any'}-${writes}`;
      const person = {
        email: `${name}@example.com`,
        phoneNumber: `+49170${(isChosen ? 1 : 2) * 1_000_000 + writes}`,
        ...(isChosen ? { id: name } : {}),
      };
      wanted.push(person);
      return crashing(writes, (instance) =>
        instance
          .get(AccountsService)
          .create({ userType: UserType.driver, password: PASSWORD, ...person }),
      );
    };
    for (const isChosen of [true, false]) {
      const ends: string[] = [];
      while (!ends.includes('done') && ends.length < MOST_WRITES) {
        const first = ends.length;
        const next = Array.from({ length: AT_ONCE }, (_, i) => make(first + i, isChosen));
        ends.push(...(await Promise.all(next)));
      }
      expect(ends).toContain('done');
    }
    await letMarksAge();
    let made = 0;
    for (const person of wanted) {
      const { email } = person;
      const again = await codeOf(
        steady
          .get(AccountsService)
          .create({ userType: UserType.driver, password: 'another password', ...person }),
      );
      const found = async (password: string) =>
        (await steady.get(AccountsService).verifyPassword({ email }, password))?.id;
      const [first, second] = [await found(PASSWORD), await found('another password')];
      if (again === 'ok') {
        expect(first).toBeUndefined();
        expect(second).toBeDefined();
      } else {
        expect(again).toBe('CONFLICT');
        expect(first).toBeDefined();
        expect(second).toBeUndefined();
        made += 1;
      }
      await until('it is listed', () => isListed((first ?? second)!, 'active'));
      const { accounts } = await steady.get(AccountsService).list({ page: 1, limit: 1_000 });
      expect(accounts.filter((account) => account.email === email)).toHaveLength(1);
    }
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(wanted.length);
  });
});
