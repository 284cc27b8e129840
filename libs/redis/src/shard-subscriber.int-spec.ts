import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Redis } from 'ioredis';
import { type TestingModule } from '@nestjs/testing';
import {
  openRedis,
  seededRandom,
  startModules,
  startTcpProxy,
  testEnvironment,
  until,
  type TcpProxy,
} from '#libs/testing';
import { startRedis, type OwnRedis } from '../../../scripts/redis.mjs';
import { DeliveryGate } from './delivery-gate.js';
import { ShardSubscriber } from './shard-subscriber.js';
import { type StreamStanding } from './stream-follower.js';

const ignore = () => undefined;

describe(ShardSubscriber.name, () => {
  let redis: OwnRedis;
  let proxy: TcpProxy;
  let modules: TestingModule;
  let subscriber: ShardSubscriber;
  let operator: Redis;

  beforeAll(async () => {
    redis = await startRedis({ quiet: true });
    proxy = await startTcpProxy(redis.port);
    const url = `redis://127.0.0.1:${proxy.port}`;
    modules = await startModules(testEnvironment({ REDIS_URL: url }), []);
    subscriber = modules.get(ShardSubscriber);
    operator = openRedis(redis.url);
    await until('it is connected', () => subscriber.isConnected);
  });
  afterAll(async () => {
    operator.disconnect();
    await modules.close();
    await proxy.close();
    await redis.stop();
  });

  const commandsOf = async (name: string): Promise<number> => {
    const stats = String(await operator.info('commandstats'));
    return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };
  const followed = async (): Promise<string[]> =>
    ((await operator.call('PUBSUB', 'SHARDCHANNELS')) as string[]).toSorted();

  it('[FAN1] what comes and goes in one turn is two commands, and counts as it is at its end', async () => {
    const before = [await commandsOf('ssubscribe'), await commandsOf('sunsubscribe')];
    for (let i = 0; i < 300; i += 1) void subscriber.subscribe(`room-${i}`, ignore);
    void subscriber.unsubscribe(['room-0', 'room-1'], ignore);
    void subscriber.subscribe('room-1', ignore);
    await subscriber.settled();
    expect(await followed()).toHaveLength(299);
    expect(await followed()).toContain('room-1');
    expect(await commandsOf('ssubscribe')).toBe(before[0]! + 1);
    expect(await commandsOf('sunsubscribe')).toBe(before[1]! + 1);
  });

  it('[REDIS1] what was asked for while the way to Redis broke is there when it is back', async () => {
    const heard: string[] = [];
    const asked = subscriber.subscribe('late', (message) => heard.push(message.toString()));
    const left = subscriber.unsubscribe(['room-2'], ignore);
    proxy.cut();
    await Promise.all([asked, left, subscriber.settled()]);
    void subscriber.unsubscribe(['room-3'], ignore);
    let isRestored = false;
    subscriber.onRestored(() => (isRestored = true));
    await until('it notices', () => !subscriber.isConnected);
    proxy.mend();
    await until('all is restored', () => isRestored);
    const channels = await followed();
    expect(channels).toContain('late');
    expect(channels).not.toContain('room-2');
    expect(channels).not.toContain('room-3');
    await operator.spublish('late', 'hello');
    await until('it is heard', () => heard.length === 1);
  });

  it('[FAN1] several handlers of a channel come and go by themselves; it is left with the last', async () => {
    const heard: string[] = [];
    const [first, second] = [1, 2].map(
      (name) => (message: Buffer) => void heard.push(`${name}:${message.toString()}`),
    );
    const say = async (text: string, ...by: number[]) => {
      heard.length = 0;
      await operator.spublish('shared', text);
      await until('all have heard it', () => heard.length === by.length);
      expect(heard).toEqual(by.map((name) => `${name}:${text}`));
    };
    await subscriber.subscribe('shared', first!);
    // The same one again is one.
    await subscriber.subscribe('shared', first!);
    await subscriber.subscribe('shared', second!);
    await say('both', 1, 2);
    await subscriber.unsubscribe(['shared'], first!);
    await say('second', 2);
    await subscriber.unsubscribe(['shared'], first!);
    await say('second again', 2);
    expect(await followed()).toContain('shared');
    await subscriber.unsubscribe(['shared'], second!);
    expect(await followed()).not.toContain('shared');
  });

  it('[FAN1] whatever order handlers come and go in, also within a turn, those that are left hear', async () => {
    const handlers = [0, 1, 2].map((name) => ({
      name,
      heard: [] as string[],
      handle: (message: Buffer) => void handlers[name]!.heard.push(message.toString()),
      follows: false,
    }));
    const random = seededRandom(12);
    for (let round = 0; round < 60; round += 1) {
      const steps: Promise<unknown>[] = [];
      for (let step = 0; step <= random() * 4; step += 1) {
        const each = handlers[Math.floor(random() * 3)]!;
        each.follows = random() < 0.5;
        steps.push(
          each.follows
            ? subscriber.subscribe('mixed', each.handle)
            : subscriber.unsubscribe(['mixed'], each.handle),
        );
        if (random() < 0.3) await Promise.all(steps);
      }
      await Promise.all(steps);
      const message = `round ${round}`;
      const receivers = await operator.spublish('mixed', message);
      const following = handlers.filter(({ follows }) => follows);
      expect(receivers).toBe(following.length > 0 ? 1 : 0);
      await until('those who follow hear it', () =>
        following.every(({ heard }) => heard.at(-1) === message),
      );
      for (const { follows, heard } of handlers)
        expect(heard.filter((each) => each === message)).toHaveLength(follows ? 1 : 0);
    }
  });

  it('[AUTH2] what comes while the gate is shut waits, and is heard in order when it opens', async () => {
    let standing: StreamStanding = 'current';
    let open: (() => void) | undefined;
    const other = await startModules(testEnvironment({ REDIS_URL: redis.url }), []);
    other.get(DeliveryGate).guardWith({
      get standing() {
        return standing;
      },
      settled: () => Promise.resolve(),
      onCurrent: (listener) => (open = listener),
    });
    const its = other.get(ShardSubscriber);
    const heard: string[] = [];
    await its.subscribe('gated', (message) => heard.push(message.toString()));
    await operator.spublish('gated', 'before');
    await until('it is heard', () => heard.length === 1);
    standing = 'behind';
    await operator.spublish('gated', 'one');
    standing = 'cutOff';
    await operator.spublish('gated', 'two');
    // Its confirmation comes behind the messages.
    await its.subscribe('another', ignore);
    expect(heard).toEqual(['before']);
    standing = 'current';
    // It does not overtake those that wait.
    await operator.spublish('gated', 'three');
    await its.unsubscribe(['another'], ignore);
    expect(heard).toEqual(['before']);
    open?.();
    expect(heard).toEqual(['before', 'one', 'two', 'three']);
    await other.close();
  });
});
