import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccountKeys, AccountsService } from '#libs/accounts';
import { AppAudience, SessionEndReason, UserType, type Principal } from '#libs/contracts';
import { RedisCommands, RedisKeys } from '#libs/redis';
import {
  startModules,
  startTcpProxy,
  testEnvironment,
  until,
  uniquePrefix,
  type TcpProxy,
} from '#libs/testing';
import { startRedis, type OwnRedis } from '../../../../scripts/redis.mjs';
import { AuthModule } from '../auth.module.js';
import { AuthService } from '../auth.service.js';
import { AccountBlocks } from '../sessions/account-blocks.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { reactivateScript, type Revocation } from './revocations.store.js';
import { Revocations } from './revocations.js';

const client = { address: '10.0.0.1', userAgent: 'test' };

function isCurrent(instance: TestingModule): boolean {
  return instance.get(Revocations).standing === 'current';
}

/** Sends to Redis, on a connection of its own, what an instance sent and Redis did not get. */
async function sendTo(port: number, piece: Buffer): Promise<void> {
  const wire = connect(port, '127.0.0.1');
  const answered = once(wire, 'data');
  wire.write(piece);
  await answered;
  wire.destroy();
}

function heardOn(instance: TestingModule, { userId }: Principal): Revocation[] {
  const heard: Revocation[] = [];
  instance.get(Revocations).onRevoked((revocation) => {
    if (revocation.userId === userId) heard.push(revocation);
  });
  return heard;
}

describe('revocations while Redis is away', () => {
  let redis: OwnRedis;
  let proxy: TcpProxy;
  let one: TestingModule;
  /** Reaches Redis through the proxy. */
  let two: TestingModule;
  let sequence = 0;

  beforeAll(async () => {
    redis = await startRedis({ appendOnly: true, quiet: true });
    proxy = await startTcpProxy(redis.port);
    const environment = {
      REDIS_KEY_PREFIX: uniquePrefix(),
      LOGIN_ATTEMPTS_PER_ADDRESS: '100000',
      REDIS_COMMAND_TIMEOUT: '500ms',
    };
    const throughProxy = { ...environment, REDIS_URL: `redis://127.0.0.1:${proxy.port}` };
    [one, two] = await Promise.all([
      startModules(testEnvironment({ ...environment, REDIS_URL: redis.url }), [AuthModule]),
      startModules(testEnvironment(throughProxy), [AuthModule]),
    ]);
  });
  afterAll(async () => {
    await Promise.all([one?.close(), two?.close()]);
    await proxy?.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    await until('both follow', () => [one, two].every(isCurrent));
    await until('both reach Redis', () =>
      Promise.all(
        [one, two].map((each) => each.get(RedisCommands).do((commands) => commands.ping())),
      ).then(
        () => true,
        () => false,
      ),
    );
  });

  async function newPrincipal(): Promise<{ principal: Principal; accessToken: string }> {
    const email = `driver${(sequence += 1)}@example.com`;
    const password = 'correct horse';
    await one.get(AccountsService).create({ userType: UserType.driver, email, password });
    const { accessToken } = await one.get(AuthService).login({
      identifier: { email },
      password,
      appAudience: AppAudience.driverApp,
      client,
    });
    return { principal: await two.get(AuthService).authenticate(accessToken), accessToken };
  }

  it('[AUTH2] An instance that was cut off from Redis hears of a ban once it is back', async () => {
    const { principal } = await newPrincipal();
    const heard = heardOn(two, principal);
    proxy.cut();
    await until('the other instance notices', () => !isCurrent(two));
    await one.get(AccountBlocks).ban(principal.userId, 'fraud');
    expect(heard).toEqual([]);
    proxy.mend();
    await until('the other instance hears it', () => heard.length > 0);
    expect(heard[0]).toMatchObject({
      sid: principal.sid,
      reason: SessionEndReason.accountBanned,
    });
    expect(two.get(Revocations).isRevoked(principal)).toBe(true);
  });

  it('[AUTH2] An instance that missed the entries checks all sessions that it serves', async () => {
    const revoked = await newPrincipal();
    const live = await newPrincipal();
    const heard = heardOn(two, revoked.principal);
    const heardOfLive = heardOn(two, live.principal);
    const stop = two
      .get(Revocations)
      .watchSessions(() => [revoked.principal, revoked.principal, live.principal]);
    proxy.cut();
    await until('the other instance notices', () => !isCurrent(two));
    await one
      .get(SessionsService)
      .revokeAll(revoked.principal.userId, SessionEndReason.revokedByAdmin);
    const stream = one.get(RedisKeys).key('auth', 'revocations');
    await one.get(RedisCommands).do((commands) => commands.xtrim(stream, 'MAXLEN', 0));
    proxy.mend();
    await until('the other instance hears it', () => heard.length > 0);
    expect(heard).toMatchObject([
      { sid: revoked.principal.sid, reason: SessionEndReason.revokedByAdmin },
    ]);
    await until('the other instance is current', () => isCurrent(two));
    expect(heardOfLive).toEqual([]);
    stop();
  });

  it('[AUTH2] Entries that are numbered lower, after Redis lost the newest, are heard as well', async () => {
    const { principal } = await newPrincipal();
    const heard = heardOn(two, principal);
    const stream = one.get(RedisKeys).key('auth', 'revocations');
    const write = (id: string, sid: string) => {
      const { userId } = principal;
      const reason = SessionEndReason.revokedByAdmin;
      const fields = { userId, sid, reason, at: String(Date.now()) };
      return one
        .get(RedisCommands)
        .do((commands) => commands.xadd(stream, id, ...Object.entries(fields).flat()));
    };
    await write('*', 'before');
    await until('it is followed', () => heard.length === 1);
    proxy.cut();
    await until('the other instance notices', () => !isCurrent(two));
    await one.get(RedisCommands).do((commands) => commands.del(stream));
    await write('1-1', 'covered-by-the-check');
    proxy.mend();
    await until('the other instance is current', () => isCurrent(two));
    await write('1-2', 'after');
    await until('it is heard', () => heard.some(({ sid }) => sid === 'after'));
    await one.get(RedisCommands).do((commands) => commands.del(stream));
  });

  it('[AUTH2] A ban that Redis cannot take holds here at once and everywhere later', async () => {
    const { principal, accessToken } = await newPrincipal();
    const heardHere = heardOn(one, principal);
    const heardThere = heardOn(two, principal);
    // Not killed: an unsynced log would lose the account itself.
    await redis.kill('SIGTERM');
    const ban = one.get(AccountBlocks).ban(principal.userId, 'fraud');
    expect(heardHere).toMatchObject([{ sid: null, reason: SessionEndReason.accountBanned }]);
    await expect(ban).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('keeps trying'),
    });
    expect(one.get(Revocations).isRevoked(principal)).toBe(true);
    expect(two.get(Revocations).isRevoked(principal)).toBe(false);
    await redis.restart();
    await until('the other instance hears it', () => heardThere.length > 0);
    expect(heardThere[0]).toMatchObject({ sid: principal.sid });
    await expect(one.get(AuthService).authenticate(accessToken)).rejects.toMatchObject({
      code: 'ACCOUNT_BANNED',
    });
  });

  it('[AUTH2] A session that Redis cannot end is cut and refused here meanwhile', async () => {
    const { principal, accessToken } = await newPrincipal();
    const other = await newPrincipal();
    const heardHere = heardOn(two, principal);
    const stop = two.get(Revocations).watchSessions(() => [principal, other.principal]);
    proxy.cut();
    const revoke = () =>
      two.get(SessionsService).revoke(principal.sid, null, SessionEndReason.revokedByAdmin);
    await expect(revoke()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await expect(revoke()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(heardHere.length).toBeGreaterThan(0);
    expect(two.get(Revocations).isRevoked(principal)).toBe(true);
    expect(two.get(Revocations).isRevoked(other.principal)).toBe(false);
    await expect(one.get(AuthService).authenticate(accessToken)).resolves.toBeDefined();
    proxy.mend();
    await until('it is written', async () => {
      const sessions = await one.get(SessionsService).list(principal.userId);
      return sessions.length === 0;
    });
    stop();
  });

  it('[AUTH2] A reactivation overtakes a ban that still waits to be written', async () => {
    const { principal } = await newPrincipal();
    proxy.cut();
    const blocks = two.get(AccountBlocks);
    await expect(blocks.ban(principal.userId, 'mistake')).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    });
    expect(two.get(Revocations).isRevoked(principal)).toBe(true);
    proxy.mend();
    await until('the reactivation is written', () =>
      blocks.reactivate(principal.userId).then(
        () => true,
        () => false,
      ),
    );
    await expect(one.get(AccountsService).get(principal.userId)).resolves.toMatchObject({
      status: 'active',
    });
  });

  it('[AUTH2] A ban is written also where the clock of Redis has gone back since the status was changed', async () => {
    const { userId } = (await newPrincipal()).principal;
    await one.get(AccountBlocks).ban(userId, 'first');
    await one.get(AccountBlocks).reactivate(userId);
    const account = one.get(AccountKeys, { strict: false }).account(userId);
    await one
      .get(RedisCommands)
      .do((commands) => commands.hset(account, 'statusChangedAt', Date.now() + 3_600_000));
    await one.get(AccountBlocks).ban(userId, 'second');
    await expect(one.get(AccountsService).get(userId)).resolves.toMatchObject({ status: 'banned' });
  });

  it('[AUTH2] A ban that is on its way while somebody reactivates the account undoes nothing', async () => {
    const { userId } = (await newPrincipal()).principal;
    // From here on the account has no session whose end would make the late call void.
    await one.get(AccountBlocks).ban(userId, 'other');
    await one.get(AccountBlocks).reactivate(userId);
    const onItsWay = proxy.keepBack('mistake 1');
    await expect(two.get(AccountBlocks).ban(userId, 'mistake 1')).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    });
    // What waits is written, then taken back.
    const statusOf = async () => (await one.get(AccountsService).get(userId)).status;
    await until('what waits is written', async () => (await statusOf()) === 'banned');
    await one.get(AccountBlocks).reactivate(userId);
    await sendTo(redis.port, await onItsWay);
    expect(await statusOf()).toBe('active');
  });

  it.each([
    ['itself', reactivateScript.sha],
    // Only this call names the index of the active accounts first.
    ['in the lists of accounts', ':active'],
  ])(
    '[AUTH2] A reactivation that is on its way (%s) while somebody bans the account lifts nothing',
    async (_, onTheWire) => {
      const { principal } = await newPrincipal();
      const { userId } = principal;
      await one.get(AccountBlocks).ban(userId, 'first');
      await one.get(AccountBlocks).reactivate(userId);
      await one.get(AccountBlocks).ban(userId, 'second');
      const onItsWay = proxy.keepBack(onTheWire);
      await expect(two.get(AccountBlocks).reactivate(userId)).rejects.toMatchObject({
        code: 'REDIS_UNAVAILABLE',
      });
      await one.get(AccountBlocks).reactivate(userId);
      await one.get(AccountBlocks).ban(userId, 'third');
      await sendTo(redis.port, await onItsWay);
      await expect(one.get(AccountsService).get(userId)).resolves.toMatchObject({
        status: 'banned',
        statusReason: 'third',
      });
      for (const status of ['active', 'banned'] as const) {
        const { accounts } = await one.get(AccountsService).list({ status, page: 1, limit: 1_000 });
        expect(accounts.some(({ id }) => id === userId)).toBe(status === 'banned');
      }
    },
  );

  it('[AUTH2] A ban that waits while another instance reactivates the account is not written', async () => {
    const { principal } = await newPrincipal();
    const { userId } = principal;
    await one.get(AccountBlocks).suspend(userId, 'asked');
    proxy.cut();
    await expect(two.get(AccountBlocks).ban(userId, 'mistake')).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    });
    await one.get(AccountBlocks).reactivate(userId);
    proxy.mend();
    const anySession = { userId, sid: 'any' };
    await until('nothing waits', () => !two.get(Revocations).isRevoked(anySession));
    await expect(one.get(AccountsService).get(userId)).resolves.toMatchObject({ status: 'active' });
  });

  it('[AUTH2] A logout while Redis is away is kept and written later', async () => {
    const { principal, accessToken } = await newPrincipal();
    proxy.cut();
    await expect(two.get(AuthService).logout({ accessToken })).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    });
    expect(two.get(Revocations).isRevoked(principal)).toBe(true);
    proxy.mend();
    await until('it is written', () =>
      one
        .get(AuthService)
        .authenticate(accessToken)
        .then(
          () => false,
          (error: { code?: string }) => error.code === 'SESSION_REVOKED',
        ),
    );
  });

  it('[REDIS1] Redis going away while many are checked at once: each is refused with a code, none waits on', async () => {
    const users = await Promise.all(Array.from({ length: 5 }, newPrincipal));
    proxy.stall();
    const checks = Promise.allSettled(
      users.map(({ accessToken }) => two.get(AuthService).authenticate(accessToken)),
    );
    await until('they are on their way', () => !isCurrent(two));
    proxy.cut();
    for (const check of await checks) {
      expect(check).toMatchObject({
        status: 'rejected',
        reason: { code: 'REDIS_UNAVAILABLE', retryable: true, retryAfterMs: expect.any(Number) },
      });
    }
    proxy.mend();
    await until('all are let in', () =>
      Promise.all(
        users.map(({ accessToken }) => two.get(AuthService).authenticate(accessToken)),
      ).then(
        () => true,
        () => false,
      ),
    );
  });

  it('[REDIS1] While Redis is away everything is refused as retryable and nothing crashes', async () => {
    const { accessToken } = await newPrincipal();
    proxy.cut();
    const auth = two.get(AuthService);
    const requests = [
      () =>
        auth.login({
          identifier: { email: 'driver1@example.com' },
          password: 'correct horse',
          appAudience: AppAudience.driverApp,
          client,
        }),
      () => auth.authenticate(accessToken),
      () => two.get(SessionsService).list('anybody'),
    ];
    for (const request of requests) {
      await expect(request()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE', retryable: true });
    }
    proxy.mend();
    await until('it works again', () =>
      auth.authenticate(accessToken).then(
        () => true,
        () => false,
      ),
    );
  });
});
