import { type TestingModule } from '@nestjs/testing';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AccountsService, type Account } from '#libs/accounts';
import { AppAudience, SessionEndReason, SessionType, UserType } from '#libs/contracts';
import { RedisCommands, RedisKeys, slotOf } from '#libs/redis';
import { startModules, testEnvironment, until, uniquePrefix } from '#libs/testing';
import { AuthModule } from './auth.module.js';
import { AuthService, type LoginRequest } from './auth.service.js';
import { type Revocation } from './revocation/revocations.store.js';
import { Revocations } from './revocation/revocations.js';
import { AccountBlocks } from './sessions/account-blocks.js';
import { SessionsService } from './sessions/sessions.service.js';
import { AccessTokens } from './tokens/access-tokens.js';

const PASSWORD = 'correct horse';
const client = { address: '10.0.0.1', userAgent: 'test' };

function heardOn(instance: TestingModule, userId: string): Revocation[] {
  const heard: Revocation[] = [];
  instance.get(Revocations).onRevoked((revocation) => {
    if (revocation.userId === userId) heard.push(revocation);
  });
  return heard;
}

describe('sessions on two instances', () => {
  let one: TestingModule;
  let two: TestingModule;
  let auth: AuthService;
  let otherAuth: AuthService;
  let sequence = 0;

  beforeAll(async () => {
    const environment = {
      REDIS_KEY_PREFIX: uniquePrefix(),
      MAX_SESSIONS_PER_USER: '3',
      LOGIN_ATTEMPTS_PER_ADDRESS: '100000',
    };
    [one, two] = await Promise.all([
      startModules(testEnvironment(environment), [AuthModule]),
      startModules(testEnvironment(environment), [AuthModule]),
    ]);
    auth = one.get(AuthService);
    otherAuth = two.get(AuthService);
    await until('both follow', () =>
      [one, two].every((instance) => instance.get(Revocations).standing === 'current'),
    );
  });
  afterAll(() => Promise.all([one?.close(), two?.close()]));

  async function newDriver(): Promise<{ account: Account; request: LoginRequest }> {
    const email = `driver${(sequence += 1)}@example.com`;
    const account = await one
      .get(AccountsService)
      .create({ userType: UserType.driver, email, password: PASSWORD });
    const appAudience = AppAudience.driverApp;
    return { account, request: { identifier: { email }, password: PASSWORD, appAudience, client } };
  }

  it('[AUTH2] Of many that are checked at once each gets its own verdict, in one call for each slot', async () => {
    const login = async () => {
      const { account, request } = await newDriver();
      return { account, ...(await auth.login(request)) };
    };
    const [live, revoked, banned, other] = await Promise.all([login(), login(), login(), login()]);
    const principal = await auth.authenticate(revoked.accessToken);
    await two
      .get(SessionsService)
      .revoke(principal.sid, principal.userId, SessionEndReason.revokedByAdmin);
    await two.get(AccountBlocks).ban(banned.account.id, 'fraud');
    const foreignKey = (
      await one.get(AccessTokens).issue({
        userId: live.account.id,
        sid: (await auth.authenticate(other.accessToken)).sid,
        userType: UserType.driver,
        appAudience: AppAudience.driverApp,
        email: undefined,
        phoneNumber: undefined,
        sessionExpiresAt: Date.now() + 60_000,
      })
    ).token;
    const tokens = [
      live.accessToken,
      'no.such.token',
      revoked.accessToken,
      foreignKey,
      banned.accessToken,
      undefined,
      other.accessToken,
    ];
    await Promise.allSettled(tokens.map((token) => auth.authenticate(token)));
    const calls = vi.spyOn(one.get(RedisCommands), 'run');
    const settled = await Promise.allSettled(tokens.map((token) => auth.authenticate(token)));
    const people = [live, revoked, banned, other];
    const slots = new Set(
      people.map(({ account }) => slotOf(one.get(RedisKeys).key(`user:${account.id}`))),
    );
    // Each second the instance also looks by itself for what is untold.
    const checks = calls.mock.calls.filter(([script]) => script.name === 'check_sessions');
    expect(checks).toHaveLength(slots.size);
    calls.mockRestore();
    expect(
      settled.map((end) => (end.status === 'fulfilled' ? end.value.userId : end.reason.code)),
    ).toEqual([
      live.account.id,
      'TOKEN_INVALID',
      'SESSION_REVOKED',
      'TOKEN_INVALID',
      'ACCOUNT_BANNED',
      'AUTH_REQUIRED',
      other.account.id,
    ]);
  });

  it('[AUTH9] Attempts on one phone number are one count, however it is written', async () => {
    const spellings = [
      '+4915112345678',
      '+49 151 12345678',
      '+49-151-12345678',
      '(+49)15112345678',
    ];
    const attempt = (i: number) =>
      auth.login({
        identifier: { phoneNumber: spellings[i % spellings.length]! },
        password: 'wrong horse',
        appAudience: AppAudience.driverApp,
        client,
      });
    for (let i = 0; i < 10; i += 1) {
      await expect(attempt(i)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    }
    await expect(attempt(3)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('[AUTH3] A login gives a token pair whose access token is accepted on every instance', async () => {
    const { account, request } = await newDriver();
    const pair = await auth.login(request);
    const principal = await otherAuth.authenticate(pair.accessToken);
    expect(principal).toEqual({
      userId: account.id,
      sid: pair.sid,
      userType: 'driver',
      expiresAt: pair.accessTokenExpiresAt,
    });
    expect(decodeJwt(pair.accessToken)).toMatchObject({
      sub: account.id,
      sid: pair.sid,
      aud: 'driver_app',
      email: account.email,
    });
    expect(pair.sessionType).toBe(SessionType.mobileApp);
  });

  it('[AUTH3] A wrong password and an unknown account are refused alike', async () => {
    const { request } = await newDriver();
    await expect(auth.login({ ...request, password: 'wrong horse' })).rejects.toMatchObject({
      code: 'INVALID_CREDENTIALS',
    });
    await expect(
      auth.login({ ...request, identifier: { email: 'nobody@example.com' } }),
    ).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });

  it('[AUTH3] An app for another user type is refused only after the right password', async () => {
    const { request } = await newDriver();
    const wrongApp = { ...request, appAudience: AppAudience.adminPanel };
    await expect(auth.login(wrongApp)).rejects.toMatchObject({ code: 'AUDIENCE_MISMATCH' });
    await expect(
      auth.login({ ...request, expectedUserType: UserType.passenger }),
    ).rejects.toMatchObject({ code: 'AUDIENCE_MISMATCH' });
    await expect(auth.login({ ...wrongApp, password: 'wrong horse' })).rejects.toMatchObject({
      code: 'INVALID_CREDENTIALS',
    });
  });

  it('[AUTH4] A refresh rotates the refresh token and keeps the sid', async () => {
    const { request } = await newDriver();
    const first = await auth.login(request);
    const second = await otherAuth.refresh(first.refreshToken, client);
    const third = await auth.refresh(second.refreshToken, client);
    expect(new Set([first.sid, second.sid, third.sid]).size).toBe(1);
    expect(new Set([first, second, third].map((pair) => pair.refreshToken)).size).toBe(3);
    await expect(auth.authenticate(third.accessToken)).resolves.toMatchObject({ sid: first.sid });
  });

  it('[AUTH4] Redis holds no refresh token and no id of one', async () => {
    const { account, request } = await newDriver();
    const pair = await auth.login(request);
    const stored = await one
      .get(RedisCommands)
      .do((redis) =>
        redis.hgetall(one.get(RedisKeys).key(`user:${account.id}`, 'session', pair.sid)),
      );
    expect(stored).toMatchObject({ sid: pair.sid });
    expect(JSON.stringify(stored)).not.toContain(decodeJwt(pair.refreshToken).jti);
    expect(JSON.stringify(stored)).not.toContain(pair.refreshToken);
  });

  it('[AUTH5] An older refresh token revokes the session on every instance', async () => {
    const { account, request } = await newDriver();
    const heard = heardOn(two, account.id);
    const first = await auth.login(request);
    const second = await auth.refresh(first.refreshToken, client);
    const third = await auth.refresh(second.refreshToken, client);
    await expect(auth.refresh(first.refreshToken, client)).rejects.toMatchObject({
      code: 'REFRESH_REUSED',
    });
    await until('the other instance hears it', () => heard.length > 0);
    expect(heard[0]).toMatchObject({
      sid: first.sid,
      reason: SessionEndReason.tokenReuseDetected,
    });
    for (const service of [auth, otherAuth]) {
      await expect(service.authenticate(third.accessToken)).rejects.toMatchObject({
        code: 'SESSION_REVOKED',
      });
    }
    await expect(auth.refresh(third.refreshToken, client)).rejects.toMatchObject({
      code: 'SESSION_REVOKED',
    });
  });

  it('[AUTH6] A client that lost the answer to its refresh gets the same refresh token again', async () => {
    const { request } = await newDriver();
    const first = await auth.login(request);
    const lost = await auth.refresh(first.refreshToken, client);
    const again = await otherAuth.refresh(first.refreshToken, client);
    expect(again.refreshToken).toBe(lost.refreshToken);
    await expect(auth.authenticate(again.accessToken)).resolves.toMatchObject({ sid: first.sid });
    await expect(auth.refresh(again.refreshToken, client)).resolves.toMatchObject({
      sid: first.sid,
    });
  });

  it('[AUTH6] After the grace the previous refresh token counts as reused', async () => {
    const { account, request } = await newDriver();
    const first = await auth.login(request);
    await auth.refresh(first.refreshToken, client);
    await one
      .get(RedisCommands)
      .do((redis) =>
        redis.hset(
          one.get(RedisKeys).key(`user:${account.id}`, 'session', first.sid),
          'previousUntil',
          '1',
        ),
      );
    await expect(auth.refresh(first.refreshToken, client)).rejects.toMatchObject({
      code: 'REFRESH_REUSED',
    });
  });

  it('[AUTH6] Of two refreshes at once exactly one line of tokens goes on', async () => {
    const { request } = await newDriver();
    const first = await auth.login(request);
    const [left, right] = await Promise.all([
      auth.refresh(first.refreshToken, client),
      otherAuth.refresh(first.refreshToken, client),
    ]);
    expect(left.refreshToken).toBe(right.refreshToken);
    const next = await auth.refresh(left.refreshToken, client);
    expect(next.sid).toBe(first.sid);
  });

  it('[AUTH7] Beyond the limit the oldest session gives way', async () => {
    const { account, request } = await newDriver();
    const heard = heardOn(two, account.id);
    const pairs = [];
    for (let i = 0; i < 4; i += 1) pairs.push(await auth.login(request));
    await until('the other instance hears it', () => heard.length > 0);
    expect(heard).toMatchObject([{ sid: pairs[0]?.sid, reason: SessionEndReason.sessionLimit }]);
    await expect(otherAuth.authenticate(pairs[0]?.accessToken)).rejects.toMatchObject({
      code: 'SESSION_REVOKED',
    });
    const sessions = await one.get(SessionsService).list(account.id);
    expect(sessions.map(({ sid }) => sid)).toEqual(
      pairs
        .slice(1)
        .map(({ sid }) => sid)
        .toReversed(),
    );
  });

  it('[AUTH7] An expired session leaves the list of sessions', async () => {
    const { account, request } = await newDriver();
    const pair = await auth.login(request);
    await one
      .get(RedisCommands)
      .do((redis) =>
        redis.pexpire(one.get(RedisKeys).key(`user:${account.id}`, 'session', pair.sid), 0),
      );
    await expect(one.get(SessionsService).list(account.id)).resolves.toEqual([]);
    await expect(auth.authenticate(pair.accessToken)).rejects.toMatchObject({
      code: 'SESSION_REVOKED',
    });
  });

  it('[AUTH2] A ban ends every session on every instance and keeps the account out', async () => {
    const { account, request } = await newDriver();
    const heard = heardOn(two, account.id);
    const pairs = [await auth.login(request), await otherAuth.login(request)];
    await one.get(AccountBlocks).ban(account.id, 'fraud');
    await until('the other instance hears of both', () => heard.length >= 2);
    expect(heard.map(({ sid }) => sid).toSorted()).toEqual(pairs.map(({ sid }) => sid).toSorted());
    expect(heard[0]?.reason).toBe(SessionEndReason.accountBanned);
    for (const pair of pairs) {
      await expect(otherAuth.authenticate(pair.accessToken)).rejects.toMatchObject({
        code: 'ACCOUNT_BANNED',
      });
      await expect(otherAuth.refresh(pair.refreshToken, client)).rejects.toMatchObject({
        code: 'ACCOUNT_BANNED',
      });
    }
    await expect(auth.login(request)).rejects.toMatchObject({ code: 'ACCOUNT_BANNED' });
  });

  it('[AUTH16] A refresh in the moment of a ban gives nothing that anybody accepts', async () => {
    for (let i = 0; i < 20; i += 1) {
      const { account, request } = await newDriver();
      const first = await auth.login(request);
      const [refreshed] = await Promise.allSettled([
        auth.refresh(first.refreshToken, client),
        two.get(AccountBlocks).ban(account.id, 'fraud'),
      ]);
      const pairs = refreshed.status === 'fulfilled' ? [first, refreshed.value] : [first];
      for (const pair of pairs) {
        for (const service of [auth, otherAuth]) {
          await expect(service.authenticate(pair.accessToken)).rejects.toMatchObject({
            code: 'ACCOUNT_BANNED',
          });
          await expect(service.refresh(pair.refreshToken, client)).rejects.toMatchObject({
            code: 'ACCOUNT_BANNED',
          });
        }
      }
    }
  });

  it('[ACC1] Of several registrations of one address at once, on two instances, one makes an account', async () => {
    for (let i = 0; i < 10; i += 1) {
      const email = `raced${i}@example.com`;
      const phoneNumber = `+49170${7_000_000 + i}`;
      const settled = await Promise.allSettled(
        Array.from({ length: 6 }, (_, j) =>
          [one, two][j % 2]!.get(AccountsService).create({
            userType: UserType.passenger,
            password: PASSWORD,
            // Some have both in common, some only one of them, some an id as well.
            ...(j < 4 ? { email } : {}),
            ...(j > 1 ? { phoneNumber } : {}),
            ...(j === 3 || j === 4 ? { id: `raced-${i}` } : {}),
          }),
        ),
      );
      const made = settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
      for (const field of ['id', 'email', 'phoneNumber'] as const) {
        const values = made.map((account) => account[field]).filter(Boolean);
        expect(new Set(values).size).toBe(values.length);
      }
      expect(made.length).toBeGreaterThan(0);
      for (const end of settled)
        if (end.status === 'rejected')
          expect(end.reason).toMatchObject({
            code: expect.stringMatching(/CONFLICT|REDIS_UNAVAILABLE/),
          });
      // Each is found by what it was made with, and by nothing else.
      for (const account of made) {
        if (account.email) expect(await two.get(AccountsService).idOf({ email })).toBe(account.id);
        if (account.phoneNumber)
          expect(await two.get(AccountsService).idOf({ phoneNumber })).toBe(account.id);
      }
    }
  });

  it('[AUTH2] A session opened after all were revoked is not hit', async () => {
    const { account, request } = await newDriver();
    const before = await auth.login(request);
    const heard = heardOn(two, account.id);
    const heardHere = heardOn(one, account.id);
    await one.get(SessionsService).revokeAll(account.id, SessionEndReason.revokedByAdmin);
    const after = await auth.login(request);
    await until('the other instance hears it', () => heard.length > 0);
    const principal = await otherAuth.authenticate(after.accessToken);
    expect(two.get(Revocations).isRevoked(principal)).toBe(false);
    expect(one.get(Revocations).isRevoked(principal)).toBe(false);
    expect(heard.map(({ sid }) => sid)).toEqual([before.sid]);
    expect(heardHere[0]).toMatchObject({ sid: null });
  });

  it('[AUTH2] A reactivated account logs in again; its old sessions stay ended', async () => {
    const { account, request } = await newDriver();
    const before = await auth.login(request);
    await one.get(AccountBlocks).suspend(account.id, 'documents');
    await expect(auth.authenticate(before.accessToken)).rejects.toMatchObject({
      code: 'ACCOUNT_SUSPENDED',
    });
    await two.get(AccountBlocks).reactivate(account.id);
    await expect(auth.authenticate(before.accessToken)).rejects.toMatchObject({
      code: 'SESSION_REVOKED',
    });
    const after = await auth.login(request);
    await expect(otherAuth.authenticate(after.accessToken)).resolves.toBeDefined();
  });

  it('[AUTH2] Nobody cuts the session of another by naming its sid', async () => {
    const { request } = await newDriver();
    const pair = await auth.login(request);
    const principal = await auth.authenticate(pair.accessToken);
    const stranger = await newDriver();
    const heard: Revocation[] = [];
    const stopWatching = one.get(Revocations).watchSessions(() => [principal]);
    const stopListening = one.get(Revocations).onRevoked((revocation) => heard.push(revocation));
    await expect(
      one
        .get(SessionsService)
        .revoke(pair.sid, stranger.account.id, SessionEndReason.revokedByUser),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(heard).toEqual([]);
    expect(one.get(Revocations).isRevoked(principal)).toBe(false);
    stopWatching();
    stopListening();
    await expect(auth.authenticate(pair.accessToken)).resolves.toBeDefined();
  });

  it('[AUTH3] A logout ends the session, with either token, and twice is once', async () => {
    const { request } = await newDriver();
    const first = await auth.login(request);
    await auth.logout({ refreshToken: first.refreshToken });
    await auth.logout({ refreshToken: first.refreshToken });
    await expect(otherAuth.authenticate(first.accessToken)).rejects.toMatchObject({
      code: 'SESSION_REVOKED',
      details: { reason: SessionEndReason.userLogout },
    });
    const second = await auth.login(request);
    await auth.logout({ accessToken: second.accessToken });
    await expect(auth.refresh(second.refreshToken, client)).rejects.toMatchObject({
      code: 'SESSION_REVOKED',
    });
    await expect(auth.logout({})).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
  });
});
