import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { AccountKeys, AccountsService } from '#libs/accounts';
import { UserType } from '#libs/contracts';
import { KeyScan, LuaScript, RedisCommands } from '#libs/redis';
import { startModules, testEnvironment, until, watchCommands } from '#libs/testing';
import { AuthModule } from '../auth.module.js';
import { AccountErasure } from './account-erasure.js';

const eraseScript = LuaScript.load(import.meta.url, 'erase_account');

describe('the names of an account that is erased', () => {
  let instance: TestingModule;
  beforeAll(async () => {
    instance = await startModules(testEnvironment(), [AuthModule]);
  });
  afterAll(async () => {
    await instance?.close();
  });

  it('[PERSON2] go with it, and are free for somebody else', async () => {
    const names = { email: 'ada@example.com', phoneNumber: '+491701234567' };
    const wanted = { userType: UserType.driver, password: 'correct horse', ...names };
    const accounts = instance.get(AccountsService);
    const { id } = await accounts.create(wanted);
    const counts = await instance.get(AccountErasure).erase({ id, pseudonym: 'erased-1' });
    expect(counts).toEqual({ account: 1, sessionsAndNames: 2 });
    await expect(accounts.exists({ email: names.email })).resolves.toBe(false);
    const { id: next } = await accounts.create(wanted);
    expect(next).not.toBe(id);
  });

  it('[PERSON2] go also where a move of old keys has left a copy of the account', async () => {
    const [keys, redis] = [instance.get(AccountKeys), instance.get(RedisCommands)];
    const { id } = await instance.get(AccountsService).create({ userType: UserType.passenger });
    const left = keys.movingRecord('user', id);
    await redis.do((commands) => commands.hset(left, { id, userType: UserType.passenger }));
    await instance.get(AccountErasure).erase({ id, pseudonym: 'erased-2' });
    await expect(redis.do((commands) => commands.exists(left))).resolves.toBe(0);
  });

  it('[PERSON2] leave nothing under its id where somebody waits for one of them meanwhile', async () => {
    const [keys, redis] = [instance.get(AccountKeys), instance.get(RedisCommands)];
    const [id, email] = ['dan', 'dan@example.net'];
    // As an erasure has it between the account and its names.
    await redis.do((commands) => commands.set(keys.email(email), id));
    const watched = await watchCommands(inject('redisUrl'), keys.tries(id));
    const waiting = instance.get(AccountsService).create({ userType: UserType.driver, email });
    await until('it is waited for', () => watched.commands.length > 0);
    watched.stop();
    await instance.get(AccountErasure).erase({ id, pseudonym: 'erased-3' });
    expect((await waiting).id).not.toBe(id);
    const left = await instance.get(KeyScan).all(`{user:${id}}:*`);
    expect(left).toEqual([]);
  });

  it('[PERSON2] stay where somebody else has got them since they were found', async () => {
    const [keys, redis] = [instance.get(AccountKeys), instance.get(RedisCommands)];
    const claims = {
      own: 'bob',
      tried: 'bob 2',
      others: 'carol',
      longer: 'bobby',
      again: 'bobby 2',
    };
    const names = Object.keys(claims).map((name) => keys.email(`${name}@example.net`));
    await redis.do((commands) =>
      Promise.all(Object.values(claims).map((claim, i) => commands.set(names[i]!, claim))),
    );
    const shared = [keys.placed, keys.oldRecord('user', 'bob'), keys.marks];
    const freed = await redis.run(eraseScript, [...shared, ...names], ['bob', 0]);
    expect(freed).toBe(2);
    await expect(redis.do((commands) => commands.mget(...names))).resolves.toEqual([
      null,
      null,
      'carol',
      'bobby',
      'bobby 2',
    ]);
  });
});
