import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccountKeys, AccountsService } from '#libs/accounts';
import { UserType } from '#libs/contracts';
import { RedisCommands } from '#libs/redis';
import {
  blockEventLoop,
  startModules,
  startTcpProxy,
  testEnvironment,
  until,
  uniquePrefix,
  type TcpProxy,
} from '#libs/testing';
import { AuthModule } from '../auth.module.js';
import { Revocations } from '../revocation/revocations.js';
import { AccountGroups } from './account-groups.js';

describe('groups of accounts on two instances', () => {
  let proxy: TcpProxy;
  let one: TestingModule;
  /** Reaches Redis through the proxy. */
  let two: TestingModule;

  beforeAll(async () => {
    proxy = await startTcpProxy(Number(new URL(testEnvironment().REDIS_URL).port));
    const environment = { REDIS_KEY_PREFIX: uniquePrefix(), REVOCATIONS_KEPT: '1000' };
    const throughProxy = { ...environment, REDIS_URL: `redis://127.0.0.1:${proxy.port}` };
    [one, two] = await Promise.all([
      startModules(testEnvironment(environment), [AuthModule]),
      startModules(testEnvironment(throughProxy), [AuthModule]),
    ]);
  });
  afterAll(async () => {
    await Promise.all([one?.close(), two?.close()]);
    await proxy?.close();
  });
  beforeEach(() =>
    until('both follow', () =>
      [one, two].every((instance) => instance.get(Revocations).standing === 'current'),
    ),
  );

  async function newAccount(groups?: string[]): Promise<string> {
    const account = await one.get(AccountsService).create({
      userType: UserType.driver,
      ...(groups ? { groups } : {}),
    });
    return account.id;
  }

  it('[GROUP1] A change of groups reaches every instance that serves the person, in order', async () => {
    const id = await newAccount(['north']);
    const here = one.get(AccountGroups);
    const there = two.get(AccountGroups);
    expect(await there.follow(id)).toEqual(['north']);
    const told: string[] = [];
    const ignore = there.onChanged((userId, groups) => {
      if (userId === id) told.push(groups.join());
    });
    for (const groups of [['south'], ['east', 'north'], []]) await here.set(id, groups);
    await until('the last change is known', () => told.at(-1) === '');
    // A busy instance may read several changes at once, from the account.
    expect(['south', 'east,north', ''].filter((groups) => told.includes(groups))).toEqual(told);
    expect(there.of(id)).toEqual([]);
    ignore();
    there.leave(id);
  });

  it('[GROUP1] A change that an instance missed while it was cut off is known once it is back', async () => {
    const id = await newAccount(['north']);
    const there = two.get(AccountGroups);
    await there.follow(id);
    proxy.cut();
    await until('it is cut off', () => two.get(Revocations).standing === 'cutOff');
    await one.get(AccountGroups).set(id, ['south']);
    // More than the stream keeps: what came between can only be read from the account.
    const others = await Promise.all(Array.from({ length: 100 }, () => newAccount()));
    for (let i = 0; i < 13; i += 1)
      await Promise.all(others.map((other) => one.get(AccountGroups).set(other, [`g${i}`])));
    proxy.mend();
    await until('the change is known', () => there.of(id)[0] === 'south');
    there.leave(id);
  });

  it('[GROUP1] An instance that stood still while it read anew what it had missed goes on', async () => {
    const id = await newAccount(['north']);
    const there = two.get(AccountGroups);
    await there.follow(id);
    const reading = Promise.withResolvers<void>();
    two.get(Revocations).onMissed(async () => reading.resolve());
    let stoodStill = false;
    // What is served here is listed between the notice of the gap and the reading of the groups.
    const forget = two.get(Revocations).watchSessions(() => {
      if (!stoodStill) blockEventLoop(2_000);
      stoodStill = true;
      return [];
    });
    const { revocations } = one.get(AccountKeys);
    await one.get(RedisCommands).do((redis) =>
      // The first is dropped before anybody can read it.
      redis
        .multi()
        .xadd(revocations, '*', 'userId', 'nobody')
        .xadd(revocations, 'MAXLEN', 1, '*', 'userId', 'nobody')
        .exec(),
    );
    await until('it stood still', () => stoodStill);
    await reading.promise;
    expect(await two.get(RedisCommands).do((redis) => redis.ping())).toBe('PONG');
    await until('it is current', () => two.get(Revocations).standing === 'current');
    await one.get(AccountGroups).set(id, ['south']);
    await until('the change is known', () => there.of(id)[0] === 'south');
    forget();
    there.leave(id);
  });

  it('[GROUP1] Somebody who came in the moment of a change has the new groups', async () => {
    const there = two.get(AccountGroups);
    for (let i = 0; i < 20; i += 1) {
      const id = await newAccount(['old']);
      await Promise.all([there.follow(id), one.get(AccountGroups).set(id, ['new'])]);
      await until('the new groups are known', () => there.of(id).join() === 'new');
      there.leave(id);
      expect(there.of(id)).toEqual([]);
    }
  });

  it('[GROUP1] Nobody is in a group who has no account, and nothing is made by trying', async () => {
    await expect(one.get(AccountGroups).set('nobody', ['north'])).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await one.get(AccountGroups).follow('nobody')).toEqual([]);
    one.get(AccountGroups).leave('nobody');
    expect(await one.get(AccountsService).find('nobody')).toBeUndefined();
  });
});
