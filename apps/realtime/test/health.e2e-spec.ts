import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AccountKeys } from '#libs/accounts';
import { Revocations } from '#libs/auth';
import { Namespace } from '#libs/contracts';
import {
  AppClient,
  blockEventLoop,
  openRedis,
  startTcpProxy,
  until,
  type TcpProxy,
} from '#libs/testing';
import { TestCluster } from './cluster.js';

const LIMIT_MS = 300;

interface Health {
  status: string;
  checks?: Record<string, boolean>;
  reasons?: string[];
}

describe('the health of an instance', () => {
  let cluster: TestCluster;
  let proxy: TcpProxy;
  const clients: AppClient[] = [];

  beforeAll(async () => {
    cluster = await TestCluster.start({ instances: 1 });
    proxy = await startTcpProxy(Number(new URL(cluster.environment.REDIS_URL).port));
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(async () => {
    await cluster.close();
    await proxy.close();
  });

  const ask = async (url: string, what: string): Promise<{ code: number; health: Health }> => {
    const answer = await fetch(`${url}/health/${what}`);
    return { code: answer.status, health: (await answer.json()) as Health };
  };
  const refusalOf = async (url: string) => {
    const answer = await fetch(`${url}/socket.io/?EIO=4&transport=polling`);
    return {
      status: answer.status,
      retryAfter: answer.headers.get('retry-after'),
      body: (await answer.json().catch(() => ({}))) as Record<string, unknown>,
    };
  };

  it('[HEALTH1] startup is yes once it can serve and stays so; ready says why not', async () => {
    const url = new URL(cluster.environment.REDIS_URL);
    url.port = String(proxy.port);
    const instance = await cluster.addInstance({ REDIS_URL: url.href });
    await until('it has started', async () => (await ask(instance.url, 'startup')).code === 200);
    await until('it is ready', async () => (await ask(instance.url, 'ready')).code === 200);
    proxy.cut();
    await until('it is not ready', async () => (await ask(instance.url, 'ready')).code === 503);
    const { health } = await ask(instance.url, 'ready');
    expect(health.checks).toMatchObject({ redis: false, accepting: true });
    expect(health.reasons?.[0]).toMatch(/^Redis takes no write: /);
    expect((await ask(instance.url, 'startup')).code).toBe(200);
    expect((await ask(instance.url, 'live')).code).toBe(200);
    proxy.mend();
    await until('it is ready again', async () => (await ask(instance.url, 'ready')).code === 200);
  });

  it('[HEALTH1] ready answers also where revocations stay unread, and says so', async () => {
    const { url, app } = await cluster.addInstance();
    await until('it is ready', async () => (await ask(url, 'ready')).code === 200);
    const read = Promise.withResolvers<void>();
    app.get(Revocations, { strict: false }).onMissed(() => read.promise);
    const { revocations } = app.get(AccountKeys, { strict: false });
    const redis = openRedis(cluster.environment.REDIS_URL);
    // The first is dropped before anybody can read it.
    await redis
      .multi()
      .xadd(revocations, '*', 'userId', 'nobody')
      .xadd(revocations, 'MAXLEN', 1, '*', 'userId', 'nobody')
      .exec();
    redis.disconnect();
    const answered = { health: {} as Health };
    await until('it is not ready', async () => {
      const { code, health } = await ask(url, 'ready');
      answered.health = health;
      return code === 503;
    });
    expect(answered.health.checks).toMatchObject({ revocations: false });
    expect(answered.health.reasons).toContain('it is behind with reading revocations');
    read.resolve();
    await until('it is ready again', async () => (await ask(url, 'ready')).code === 200);
  });

  it('[PRESS2] an instance that is behind is not ready and lets nobody in, serves who is there, and recovers', async () => {
    const { url } = await cluster.addInstance({ PRESSURE_EVENT_LOOP_DELAY: LIMIT_MS });
    const user = await cluster.addUser('driver');
    const driver = await AppClient.open(url, Namespace.drivers, { token: user.token });
    clients.push(driver);
    const state = { isBusy: true };
    const busy = (async () => {
      while (state.isBusy) {
        blockEventLoop(2 * LIMIT_MS);
        await nextTurn();
      }
    })();
    await until('it is not ready', async () => (await ask(url, 'ready')).code === 503);
    const { health } = await ask(url, 'ready');
    expect(health.checks).toMatchObject({ pressure: false });
    expect(health.reasons).toContain('the event loop is behind (PRESSURE_EVENT_LOOP_DELAY)');
    const refusal = await refusalOf(url);
    expect(refusal).toMatchObject({
      status: 503,
      body: { reason: 'SERVER_FULL', retryable: true, retryAfterMs: expect.any(Number) },
    });
    expect(Number(refusal.retryAfter)).toBeGreaterThan(0);
    await driver.ask('driver:location:ping', { lat: 41.9, lng: 12.5 });
    expect(driver.payloads('hello')).toHaveLength(1);
    state.isBusy = false;
    await busy;
    await until('it is ready again', async () => (await ask(url, 'ready')).code === 200);
    expect((await refusalOf(url)).status).toBe(200);
  });

  it('[PRESS2] so does one whose memory is short', async () => {
    const { url } = await cluster.addInstance({ PRESSURE_MEMORY_BYTES: 2 ** 20 });
    await until('it is not ready', async () => (await ask(url, 'ready')).code === 503);
    const { health } = await ask(url, 'ready');
    expect(health.reasons).toEqual(['memory is short (PRESSURE_MEMORY_BYTES)']);
    expect((await ask(url, 'live')).code).toBe(200);
  });

  it('[LIM7] one address opens so many connections a second, and is told when to come back', async () => {
    const { url } = await cluster.addInstance({ WS_CONNECTS_PER_SECOND_PER_ADDRESS: 1 });
    const answers = await Promise.all(Array.from({ length: 30 }, () => refusalOf(url)));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(10);
    expect(refused[0]).toMatchObject({
      status: 503,
      body: { reason: 'RATE_LIMITED', retryable: true, retryAfterMs: expect.any(Number) },
    });
    await until('waiting helps', async () => (await refusalOf(url)).status === 200);
  });
});
