import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountKeys, AccountsService } from '#libs/accounts';
import { AppAudience, UserType } from '#libs/contracts';
import { RedisCommands } from '#libs/redis';
import { startModules, testEnvironment } from '#libs/testing';
import { AuthModule } from '../auth.module.js';
import { AuthService, type Login } from '../auth.service.js';
import { SessionsStore } from './sessions.store.js';

const PASSWORD = 'correct horse';
const LATER_MS = 60_000;
const client = { address: '10.0.0.1', userAgent: 'test' };

interface Person {
  id: string;
  pair: Login;
}

/** A slot is away for what reads a key of it that holds another type for a while. */
describe('sessions while one slot of Redis is away', () => {
  let instance: TestingModule;
  beforeAll(async () => {
    instance = await startModules(testEnvironment(), [AuthModule]);
  });
  afterAll(async () => {
    await instance?.close();
  });

  async function newPerson(id: string): Promise<Person> {
    const email = `${id}@example.com`;
    await instance
      .get(AccountsService)
      .create({ id, userType: UserType.driver, email, password: PASSWORD });
    const pair = await instance.get(AuthService).login({
      identifier: { email },
      password: PASSWORD,
      appAudience: AppAudience.driverApp,
      client,
    });
    return { id, pair };
  }

  async function withoutKey<T>(key: string, work: () => Promise<T>): Promise<T> {
    const redis = instance.get(RedisCommands);
    const kept = `${key}:kept`;
    await redis.do((commands) => commands.rename(key, kept));
    await redis.do((commands) => commands.lpush(key, 'of another type'));
    try {
      return await work();
    } finally {
      await redis.do((commands) => commands.rename(kept, key));
    }
  }

  it('[AUTH16] a refresh that fails exchanges nothing: the same token is still the newest', async () => {
    const { id, pair } = await newPerson('refreshing');
    const [keys, redis] = [instance.get(AccountKeys), instance.get(RedisCommands)];
    const hash = keys.session(id, pair.sid);
    const tokens = () =>
      redis.do((commands) => commands.hmget(hash, 'refreshHash', 'previousHash'));
    const before = await tokens();
    await withoutKey(keys.sessionOwner(pair.sid), () =>
      expect(instance.get(AuthService).refresh(pair.refreshToken, client)).rejects.toThrow(
        'WRONGTYPE',
      ),
    );
    expect(await tokens()).toEqual(before);
    await instance.get(AuthService).refresh(pair.refreshToken, client);
    const [newest, previous] = await tokens();
    expect(newest).not.toBe(before[0]);
    expect(previous).toBe(before[0]);
  });

  it('[AUTH16] a refresh of a session that has ended leaves no new trace of it', async () => {
    const { id, pair } = await newPerson('logged-out');
    const [keys, redis] = [instance.get(AccountKeys), instance.get(RedisCommands)];
    const owner = keys.sessionOwner(pair.sid);
    await redis.do((commands) =>
      Promise.all([commands.del(keys.session(id, pair.sid)), commands.del(owner)]),
    );
    await expect(
      instance.get(AuthService).refresh(pair.refreshToken, client),
    ).rejects.toMatchObject({ code: 'SESSION_REVOKED' });
    await expect(redis.do((commands) => commands.exists(owner))).resolves.toBe(0);
  });

  it('[REDIS1] of all sessions that are checked in one turn only those in the slot are refused', async () => {
    // By these ids each has a slot of its own.
    const people = await Promise.all(['first', 'away', 'ended', 'second'].map(newPerson));
    const [, away, ended] = people as [Person, Person, Person, Person];
    const keys = instance.get(AccountKeys);
    const gone = keys.session(ended.id, ended.pair.sid);
    await instance.get(RedisCommands).do((commands) => commands.del(gone));
    const store = instance.get(SessionsStore);
    const settled = await withoutKey(keys.account(away.id), () =>
      withoutKey(keys.sessionOwner(ended.pair.sid), () =>
        Promise.allSettled(
          people.map(({ id, pair: { sid } }) =>
            store.check({
              userId: id,
              userType: UserType.driver,
              sid,
              expiresAt: Date.now() + LATER_MS,
            }),
          ),
        ),
      ),
    );
    expect(settled).toEqual([
      expect.objectContaining({ value: expect.objectContaining({ verdict: 'live' }) }),
      expect.objectContaining({ status: 'rejected' }),
      expect.objectContaining({ status: 'rejected' }),
      expect.objectContaining({ value: expect.objectContaining({ verdict: 'live' }) }),
    ]);
  });
});
