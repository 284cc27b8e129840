import { type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createLogger } from '#libs/observability';
import { openRedis, startModules, testEnvironment, until, uniquePrefix } from '#libs/testing';
import { ExportStream } from './export-stream.js';
import { ExportsModule } from './exports.module.js';

describe(ExportStream.name, () => {
  const redis = openRedis(inject('redisUrl'));
  const running: TestingModule[] = [];
  const logged: string[] = [];
  let prefix: string;
  let key: string;

  beforeEach(() => {
    prefix = uniquePrefix();
    key = `${prefix}{dispatch}:exports`;
    logged.splice(0);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((instance) => instance.close()));
  });

  async function start(env: Record<string, string>): Promise<ExportStream> {
    const environment = testEnvironment({
      REDIS_KEY_PREFIX: prefix,
      // Tests trim by themselves.
      EXPORT_TRIM_INTERVAL: '1h',
      ...env,
    });
    const log = createLogger('info', { write: (line) => logged.push(line) });
    const instance = await startModules(environment, [ExportsModule], log);
    running.push(instance);
    return instance.get(ExportStream);
  }

  /** Ids of new facts. */
  async function append(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let i = 0; i < count; i += 1) ids.push((await redis.xadd(key, '*', 'type', 'x'))!);
    return ids;
  }

  async function idsLeft(): Promise<string[]> {
    return (await redis.xrange(key, '-', '+')).map(([id]) => id);
  }

  async function read(group: string, count: number): Promise<void> {
    await redis.xreadgroup('GROUP', group, 'c', 'COUNT', count, 'STREAMS', key, '>');
  }

  /** In the next interval, which need not be waited for. */
  async function trimAgain(stream: ExportStream) {
    await redis.del(`${key}:trim-turn`);
    return stream.trim();
  }

  it('[EXPORT6] a fact stays until the slowest group has acknowledged it', async () => {
    const stream = await start({});
    const ids = await append(10);
    for (const group of ['fast', 'slow']) await redis.xgroup('CREATE', key, group, '0');
    await read('fast', 10);
    await redis.xack(key, 'fast', ...ids);
    expect(await trimAgain(stream)).toEqual({ trimmed: 0, lost: 0, slowestGroup: 'slow' });

    await read('slow', 5);
    expect(await trimAgain(stream)).toMatchObject({ trimmed: 0, lost: 0 });
    // The second is still pending: those behind it stay although they are acknowledged.
    await redis.xack(key, 'slow', ids[0]!, ids[2]!, ids[3]!, ids[4]!);
    expect(await trimAgain(stream)).toMatchObject({ trimmed: 1, lost: 0 });
    expect(await idsLeft()).toEqual(ids.slice(1));
    await redis.xack(key, 'slow', ids[1]!);
    expect(await trimAgain(stream)).toMatchObject({ trimmed: 4, lost: 0 });
    expect(await idsLeft()).toEqual(ids.slice(5));
    await read('slow', 10);
    await redis.xack(key, 'slow', ...ids);
    expect(await trimAgain(stream)).toMatchObject({ trimmed: 5, lost: 0 });
    expect(await idsLeft()).toEqual([]);
    expect(await trimAgain(stream)).toMatchObject({ trimmed: 0, lost: 0 });
  });

  it('[EXPORT6] while there is no group the newest facts stay', async () => {
    const stream = await start({ EXPORT_STREAM_KEEP: '4' });
    expect(await stream.trim()).toEqual({ trimmed: 0, lost: 0, slowestGroup: '' });
    const ids = await append(10);
    expect(await trimAgain(stream)).toEqual({ trimmed: 6, lost: 0, slowestGroup: '' });
    expect(await idsLeft()).toEqual(ids.slice(6));
  });

  it('[EXPORT6] while there is no group the stream stays small, however large its facts are', async () => {
    const stream = await start({ EXPORT_STREAM_KEEP_BYTES: '200000' });
    for (let i = 0; i < 900; i += 1) await redis.xadd(key, '*', 'data', `${i}`.repeat(500));
    expect(await redis.memory('USAGE', key)).toBeGreaterThan(1_000_000);
    const { trimmed } = (await trimAgain(stream))!;
    expect(await redis.memory('USAGE', key)).toBeLessThan(250_000);
    const left = await idsLeft();
    expect(left.length).toBe(900 - trimmed);
    expect(left.length).toBeGreaterThan(50);
    // A group that comes later begins with what is there.
    await redis.xgroup('CREATE', key, 'late', '0');
    const batch = (await redis.xreadgroup(
      'GROUP',
      'late',
      'c',
      'COUNT',
      1_000,
      'STREAMS',
      key,
      '>',
    )) as [string, [string, string[]][]][];
    expect(batch[0]![1].map(([id]) => id)).toEqual(left);
    await append(3);
    expect(await trimAgain(stream)).toMatchObject({ trimmed: 0, lost: 0, slowestGroup: 'late' });
  });

  it('[EXPORT6] beyond the most that is kept the oldest go, and the log says whom it hurts', async () => {
    const env = { EXPORT_STREAM_MAX_LENGTH: '5', EXPORT_TRIM_INTERVAL: '20ms' };
    const ids = await append(12);
    await redis.xgroup('CREATE', key, 'forgotten', '0');
    await read('forgotten', 2);
    await redis.xack(key, 'forgotten', ...ids.slice(0, 2));
    await start(env);
    await until('it is said', () => logged.length > 0);
    expect(await idsLeft()).toEqual(ids.slice(7));
    expect(logged.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 50, lost: 5, slowestGroup: 'forgotten', maxLength: 5 },
    ]);
  });

  it('[LOG2] a stream that cannot be trimmed is an error in the log, once until it can', async () => {
    await redis.set(key, 'no stream');
    await start({ EXPORT_TRIM_INTERVAL: '20ms' });
    const said = () => logged.map((line) => JSON.parse(line) as { level: number; msg: string });
    await until('it is said', () => logged.length > 0);
    for (let interval = 0; interval < 3; interval += 1) {
      await redis.del(`${key}:trim-turn`);
      await until('it tried again', async () => (await redis.exists(`${key}:trim-turn`)) === 1);
    }
    expect(said()).toMatchObject([{ level: 50, work: 'trimming the export stream' }]);
    await redis.del(key);
    await until('it says that it works', () => logged.length > 1);
    expect(said().slice(1)).toMatchObject([{ level: 30, work: 'trimming the export stream' }]);
  });

  it('[EXPORT6] of several instances one trims in each interval', async () => {
    const streams = await Promise.all([start({}), start({}), start({})]);
    await append(1);
    const results = await Promise.all(streams.map((stream) => stream.trim()));
    expect(results.filter((result) => result !== undefined)).toHaveLength(1);
  });
});
