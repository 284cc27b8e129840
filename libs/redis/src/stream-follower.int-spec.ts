import { type Redis } from 'ioredis';
import { type TestingModule } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { Log } from '#libs/observability';
import { openRedis, startModules, testEnvironment, uniquePrefix, until } from '#libs/testing';
import { RedisConnections } from './redis-connections.js';
import { StreamFollower } from './stream-follower.js';

/** Writes entries, of which the stream keeps some, before anybody can read one of them. */
const WRITE = `for i = 1, ARGV[1] do
  redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[2], '*', 'n', ARGV[3] + i)
end`;

describe(StreamFollower.name, () => {
  let modules: TestingModule;
  let operator: Redis;
  let follower: StreamFollower;
  let key: string;
  let seen: number[];
  let missed: number;
  let checked: (() => void) | undefined;
  let written = 0;

  beforeAll(async () => {
    modules = await startModules(testEnvironment(), []);
    operator = openRedis(inject('redisUrl'));
  });
  afterAll(async () => {
    operator.disconnect();
    await modules.close();
  });
  beforeEach(async () => {
    key = `${uniquePrefix()}stream`;
    [seen, missed, written] = [[], 0, 0];
    checked = undefined;
    follower = new StreamFollower(modules.get(RedisConnections), modules.get(Log), {
      key,
      purpose: 'test',
      onEntry: ({ fields }) => seen.push(Number(fields['n'])),
      onMissed: () => {
        missed += 1;
        return new Promise((resolve) => (checked = resolve));
      },
    });
    await write(3, 100);
    void follower.start();
    await until('it follows', () => follower.standing === 'current');
  });
  afterEach(async () => {
    checked?.();
    await follower.stop();
  });

  const write = async (count: number, kept: number): Promise<void> => {
    await operator.eval(WRITE, 1, key, count, kept, written);
    written += count;
  };

  it('[AUTH2] tells that entries were dropped before they were read, and is not current before that is dealt with', async () => {
    await write(10, 4);
    await until('it tells', () => missed === 1);
    expect(seen).toEqual([10, 11, 12, 13]);
    await until('what it knows has grown old', () => follower.standing === 'behind');
    checked?.();
    await follower.settled();
    expect(follower.standing).toBe('current');
    expect(missed).toBe(1);
  });

  it('[LOG2] what Redis says of itself while it changes its master is a warning, said once, and it goes on', async () => {
    const said: string[] = [];
    const note = (level: string) => (_facts: unknown, text: string) =>
      said.push(`${level} ${text}`);
    const levels = ['debug', 'info', 'warn', 'error'].map((level) => [level, note(level)]);
    const other = new StreamFollower(
      modules.get(RedisConnections),
      Object.fromEntries(levels) as unknown as Log,
      { key, purpose: 'unblocked', onEntry: () => undefined, onMissed: () => Promise.resolve() },
    );
    void other.start();
    await until('it follows', () => other.standing === 'current');
    await until('it is unblocked by an error', async () => {
      const list = String(await operator.client('LIST'));
      const id = /^id=(\d+) .*name=ridewire:unblocked .*cmd=xread/m.exec(list)?.[1];
      return id !== undefined && (await operator.call('CLIENT', 'UNBLOCK', id, 'ERROR')) === 1;
    });
    await until('it goes on', () => said.some((line) => line.includes('succeeds again')));
    expect(said.filter((line) => line.startsWith('error'))).toEqual([]);
    expect(said.filter((line) => line.startsWith('warn'))).toHaveLength(1);
    await other.stop();
  });

  it('[AUTH2] tells nothing where all that was dropped had been read', async () => {
    for (let round = 0; round < 5; round += 1) {
      await write(4, 5);
      await until('they are read', () => seen.length === 4 * (round + 1));
    }
    expect(missed).toBe(0);
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i + 4));
    await until('it is current', () => follower.standing === 'current');
  });
});
