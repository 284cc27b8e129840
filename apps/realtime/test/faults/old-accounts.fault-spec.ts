import { type TestingModule } from '@nestjs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { AccountsService, OldKeys } from '#libs/accounts';
import { AuthModule, SessionsService } from '#libs/auth';
import { RedisCommands, RedisKeys, Replicas, slotOf, SLOTS } from '#libs/redis';
import {
  openRedis,
  RedisCluster,
  redisClock,
  RedisSentinels,
  startModules,
  testEnvironment,
  uniquePrefix,
  until,
  type RedisClock,
} from '#libs/testing';
import { printFigures, seconds } from './figures.js';

/** How long a server may say nothing until another takes its place. */
const PATIENCE_MS = 2_000;
const PEOPLE = 1_000;
/** Every so many-th is banned, and has no session. */
const BANNED = 10;
const HOUR_MS = 3_600_000;
const SKEW_MS = 60_000;
const COPIED_WITHIN_MS = 30_000;

const idOf = (number: number) => `person-${number}`;
const sidOf = (number: number) => `session-${number}`;
const emailOf = (number: number) => `person-${number}@example.com`;
const isBanned = (number: number) => number % BANNED === 0;

describe('accounts of a release before this one, whose Redis fails over while they are moved', () => {
  let topology: RedisCluster | RedisSentinels;
  let environment: Record<string, string>;
  let tool: TestingModule;
  let instances: TestingModule[] = [];
  let clocks: RedisClock[] = [];
  afterEach(async () => {
    await Promise.all([...instances, tool].map((each) => each?.close()));
    await topology?.stop();
    for (const clock of clocks) clock.remove();
    instances = [];
    clocks = [];
  });

  async function begin(on: RedisCluster | RedisSentinels): Promise<void> {
    topology = on;
    environment = {
      ...on.variables,
      REDIS_KEY_PREFIX: uniquePrefix(),
      FIRST_ADMIN_EMAIL: '',
      FIRST_ADMIN_PASSWORD: '',
    };
    tool = await startModules(testEnvironment(environment), []);
    for (let first = 0; first < PEOPLE; first += 100)
      await Promise.all(Array.from({ length: 100 }, (_, i) => makeOld(first + i)));
    await tool.get(Replicas).haveAll(COPIED_WITHIN_MS);
  }

  /** An account with a session, as an instance of that release makes them. */
  async function makeOld(number: number): Promise<void> {
    const keys = tool.get(RedisKeys);
    const key = (...parts: string[]) => keys.key('auth', ...parts);
    const [id, sid, now, endsAt] = [idOf(number), sidOf(number), Date.now(), Date.now() + HOUR_MS];
    const status = isBanned(number) ? 'banned' : 'active';
    const common = { userType: 'driver', createdAt: now };
    await tool.get(RedisCommands).do(async (redis) => {
      await redis.set(key('email', emailOf(number)), id);
      const account = { id, ...common, status, updatedAt: now, email: emailOf(number) };
      await redis.hset(key('user', id), account);
      for (const index of ['all:all', 'driver:all', `all:${status}`, `driver:${status}`])
        await redis.zadd(key('users', index), now, id);
      if (isBanned(number)) return;
      const session = { sid, userId: id, ...common, lastActivityAt: now, expiresAt: endsAt };
      await redis.hset(key('session', sid), session);
      await redis.pexpireat(key('session', sid), endsAt);
      await redis.zadd(key('sessions', id), now, sid);
    });
  }

  /** Whoever was in is in, whoever was out is out, at every instance. */
  async function faultsOf(number: number, instance: TestingModule): Promise<string[]> {
    const accounts = instance.get(AccountsService);
    const account = await accounts.find(idOf(number));
    const sessions = await instance.get(SessionsService).list(idOf(number));
    const isFound = await accounts.exists({ email: emailOf(number) });
    const seen = [account?.status, isFound, sessions.map(({ sid }) => sid).join()];
    const right = isBanned(number) ? ['banned', true, ''] : ['active', true, sidOf(number)];
    return seen.join() === right.join() ? [] : [`${idOf(number)}: ${seen.join()}`];
  }

  async function faults(numbers: readonly number[]): Promise<string[]> {
    const found: string[] = [];
    for (const instance of instances) {
      for (let first = 0; first < numbers.length; first += 100) {
        const some = numbers.slice(first, first + 100);
        found.push(...(await Promise.all(some.map((each) => faultsOf(each, instance)))).flat());
      }
    }
    return found;
  }

  const start = async () => {
    const started = [0, 1].map(() => startModules(testEnvironment(environment), [AuthModule]));
    instances = await Promise.all(started);
  };

  /** Resolves how many wait to be moved when it is so many at least, or when all are moved. */
  async function untilMoving(url: string, least: number): Promise<number> {
    const looking = openRedis(url);
    const keys = tool.get(RedisKeys);
    let moving = 0;
    await until('they are being moved', async () => {
      moving = (await looking.keys(keys.key('auth', 'moving', 'user', '*'))).length;
      return moving >= least || (await looking.exists(keys.key('auth', 'layout'))) === 1;
    });
    looking.disconnect();
    return moving;
  }

  async function expectNobodyLost(what: string, figures: object): Promise<void> {
    const since = performance.now();
    await Promise.all(instances.map((each) => each.get(OldKeys).whenMoved()));
    const movedAfterS = seconds(performance.now() - since);
    const all = Array.from({ length: PEOPLE }, (_, number) => number);
    let seen: string[] = [];
    const untilNone = async (numbers: readonly number[]) => {
      const isRight = async () => {
        seen = await faults(numbers).catch((error: unknown) => [String(error)]);
        return seen.length === 0;
      };
      await until('everybody is as before', isRight).catch(() => undefined);
      expect(seen).toEqual([]);
    };
    await untilNone(all);
    // An instance of that release runs on, and goes on.
    const late = [PEOPLE, PEOPLE + 1];
    for (const number of late) await makeOld(number);
    const looked = tool.get(RedisKeys).key('auth', 'late-look');
    await until('somebody looks', async () => {
      await tool.get(RedisCommands).do((redis) => redis.del(looked));
      return instances[0]!.get(OldKeys).moveLate();
    });
    await untilNone(late);
    const moving = tool.get(RedisKeys).key('auth', 'moving', '*');
    await until('nothing waits to be moved', async () => {
      const left = await tool.get(RedisCommands).onEachPrimary((server) => server.keys(moving));
      return left.flat().length === 0;
    });
    printFigures(what, { ...figures, movedAfterS });
  }

  it('[RELEASE2] the primary behind sentinels dies in the middle, with what it had not copied: nobody is lost or refused for good', async () => {
    await begin(await RedisSentinels.start({ patienceMs: PATIENCE_MS }));
    const primary = await (topology as RedisSentinels).primary();
    const started = start();
    const moving = await untilMoving(primary.url, PEOPLE / 4);
    await primary.kill();
    await started;
    await expectNobodyLost('accounts moved behind sentinels', { people: PEOPLE, moving });
  });

  it('[RELEASE2] two primaries of a cluster die in the middle, one after the other, and the clock of the third is a minute ahead: nobody is lost or refused for good', async () => {
    // The tag alone says where they are.
    const first = Math.floor(slotOf('{auth}') / Math.ceil(SLOTS / 3));
    const [second, ahead] = [(first + 1) % 3, (first + 2) % 3];
    const clock = await redisClock();
    clocks.push(clock);
    clock.set(SKEW_MS);
    await begin(
      await RedisCluster.start({
        patienceMs: PATIENCE_MS,
        envOf: (server) => (server % 3 === ahead ? clock.env : {}),
      }),
    );
    const { servers } = topology as RedisCluster;
    const started = start();
    const moving = await untilMoving(servers[first]!.redis.url, PEOPLE / 4);
    await servers[first]!.redis.kill();
    const next = servers[first + 3]!;
    await until('its replica has its slots', async () =>
      String(await next.admin.cluster('NODES')).includes('myself,master'),
    );
    await untilMoving(next.redis.url, PEOPLE / 2);
    await servers[second]!.redis.kill();
    await started;
    await expectNobodyLost('accounts moved in a cluster', { people: PEOPLE, moving });
  });
});
