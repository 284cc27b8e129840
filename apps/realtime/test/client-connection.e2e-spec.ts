import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SessionsService } from '#libs/auth';
import {
  SessionEnded,
  type ConnectionState,
  type RequestOptions,
  type RidewireClient,
} from '#libs/client';
import { SessionEndReason, UserType } from '#libs/contracts';
import { blockEventLoop, until } from '#libs/testing';
import { startRedis } from '../../../scripts/redis.mjs';
import { openApp, statusesOf, TestBalancer, untilStatus, type TestApp } from './client-app.js';
import { TestCluster } from './cluster.js';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';

const ROME = { lat: 41.9, lng: 12.5 };
const ENV = { AUTH_EXPIRING_NOTICE: '6s', DRAIN_PERIOD: '500ms' };

describe('the connection of a client', () => {
  let cluster: TestCluster;
  let balancer: TestBalancer;
  const clients: RidewireClient[] = [];

  beforeAll(async () => {
    cluster = await TestCluster.start({ env: ENV });
    balancer = await TestBalancer.start(cluster.url(0));
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(async () => {
    await balancer.close();
    await cluster.close();
  });

  const open = async (...[userType, options]: [UserType, Parameters<typeof openApp>[3]?]) => {
    const app = await openApp(cluster, userType, balancer.url, options);
    clients.push(app.client);
    return app;
  };
  const sessions = () => cluster.instances[0]!.app.get(SessionsService, { strict: false });

  it('[CLIENT1] all namespaces of an app share one connection, and requests give what came of them', async () => {
    const before = balancer.opened;
    const app = await open(UserType.driver);
    const drivers = app.client.drivers();
    app.client.namespace('/chat');
    expect(app.client.getState()).toEqual({ status: 'closed', reason: null, retryAt: null });
    // It waits for the connection.
    const early = drivers.request('driver:status:update', { isAvailableForTrips: true });
    await app.client.connect();
    expect(await early).toMatchObject({ ok: true, data: { availabilityStatus: 'AVAILABLE' } });
    expect(statusesOf(app)).toEqual(['connecting', 'ready']);
    expect(app.tokensAsked).toEqual(['connecting']);
    expect(balancer.opened - before).toBe(1);
    expect(await drivers.request('trip:start', { tripId: 'nowhere' })).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND', retryable: false },
    });
  });

  it('[CLIENT1] a request without a connection is answered at its deadline, and at once when the client closes', async () => {
    const app = await open(UserType.driver, { url: 'http://127.0.0.1:9' });
    const drivers = app.client.drivers();
    const ask = (options: RequestOptions) => drivers.request('driver:location:ping', ROME, options);
    // What somebody has pressed waits for the try that is under way, and for no other.
    const pressed = { whileOffline: 'refuse', deadlineMs: Infinity } as const;
    const early = ask(pressed);
    void app.client.connect();
    await untilStatus(app, 'offline');
    expect(app.client.getState()).toMatchObject({
      reason: { code: 'OFFLINE', retryable: true },
      retryAt: expect.any(Number),
    });
    for (const answer of [await early, await ask(pressed)])
      expect(answer).toMatchObject({ ok: false, error: { code: 'OFFLINE', retryable: true } });
    expect(await ask({ deadlineMs: 50 })).toMatchObject({ ok: false, error: { code: 'OFFLINE' } });
    expect(await ask({ signal: AbortSignal.timeout(20) })).toMatchObject({
      error: { code: 'ABORTED', retryable: false },
    });
    const many = Array.from({ length: 101 }, () => ask({ deadlineMs: 60_000 }));
    expect(await many[100]).toMatchObject({ ok: false, error: { code: 'QUEUE_FULL' } });
    app.client.close();
    for (const answer of await Promise.all(many.slice(0, 100)))
      expect(answer).toMatchObject({ ok: false, error: { code: 'CLOSED', retryable: false } });
    expect(app.client.getState()).toMatchObject({ status: 'closed', reason: { code: 'CLOSED' } });
  });

  it('[CLIENT1] a client that is closed while it connects leaves nothing behind, and connects anew', async () => {
    const answers: (() => void)[] = [];
    const user = await cluster.addUser(UserType.driver);
    const app = await open(UserType.driver, {
      getToken: () => new Promise((resolve) => answers.push(() => resolve(user.token))),
    });
    const { client } = app;
    const drivers = client.drivers();
    const isGone = async (connecting: Promise<ConnectionState>) => {
      expect(await connecting).toMatchObject({ status: 'closed', reason: { code: 'CLOSED' } });
      const registry = cluster.instances[0]!.app.get(ConnectionRegistry);
      await until('the server knows of none', () => registry.ofUser(user.userId).length === 0);
      expect(drivers.isReady).toBe(false);
      expect(client.getState().status).toBe('closed');
    };
    const untoken = client.connect();
    await until('the token is asked for', () => answers.length === 1);
    client.close();
    await isGone(untoken);
    // The answer to the question comes once it is opened again, and is good for that.
    const again = client.connect();
    expect(answers).toHaveLength(1);
    answers[0]!();
    expect((await again).status).toBe('ready');
    client.close();

    balancer.wire.stall();
    const before = balancer.opened;
    const unopened = client.connect();
    await until('the transport is on its way', () => balancer.opened > before);
    client.close();
    balancer.wire.mend();
    await isGone(unopened);

    const stop = drivers.on('hello', () => client.close());
    await isGone(client.connect());
    stop();
    expect((await client.connect()).status).toBe('ready');
  });

  it('[CLIENT1] what is asked by an app that wakes up is lost with the connection that ended in its sleep', async () => {
    const pings = { WS_PING_INTERVAL: 200, WS_PING_TIMEOUT: 300 };
    const { url, app: instance } = await cluster.addInstance(pings);
    const app = await open(UserType.driver, { url });
    const drivers = app.client.drivers();
    await app.client.connect();
    const before = app.states.length;
    blockEventLoop(2_000);
    const answers: unknown[] = [];
    void drivers.tryNow('driver:location:ping', ROME).then((answer) => answers.push(answer));
    await until('it is noticed', () => app.states.length > before);
    expect(answers).toMatchObject([{ ok: false, error: { code: 'CONNECTION_LOST' } }]);
    app.client.close();
    cluster.instances.pop();
    await instance.close();
  });

  it('[CLIENT2] the token is swapped in-band before it ends, by one question for all namespaces', async () => {
    const app = await open(UserType.passenger, { ttlMs: 9_000 });
    const passengers = app.client.passengers();
    app.client.namespace('/chat');
    await app.client.connect();
    const endsAt = passengers.hello!.expiresAt;
    await until('the first token has ended', () => Date.now() > endsAt + 500);
    expect(await passengers.request('nearby:subscribe', ROME)).toMatchObject({ ok: true });
    expect(statusesOf(app)).toEqual(['connecting', 'ready']);
    const renewals = app.tokensAsked.slice(1);
    expect(renewals.length).toBeGreaterThan(0);
    expect(new Set(renewals)).toEqual(new Set(['expiring']));
    // Two namespaces, and a token of 9 s needs about two renewals in these seconds.
    expect(renewals.length).toBeLessThanOrEqual(4);
  });

  it('[CLIENT2] a token that ended while there was no network is renewed before the return, and what waits is sent then', async () => {
    const app = await open(UserType.passenger, { ttlMs: 8_000 });
    const passengers = app.client.passengers();
    await app.client.connect();
    const ask = (options: RequestOptions) => passengers.request('nearby:subscribe', ROME, options);
    // Both are on their way when the line breaks: only the one that waits is sent again.
    const pressed = ask({ whileOffline: 'refuse', deadlineMs: Infinity });
    const waiting = ask({ deadlineMs: Infinity });
    balancer.wire.cut();
    await untilStatus(app, 'offline');
    expect(await pressed).toMatchObject({ ok: false, error: { code: 'CONNECTION_LOST' } });
    const endsAt = passengers.hello!.expiresAt;
    await until('the token has ended', () => Date.now() > endsAt);
    balancer.wire.mend();
    await untilStatus(app, 'ready');
    expect(await waiting).toMatchObject({ ok: true });
    expect(statusesOf(app)).toEqual([
      'connecting',
      'ready',
      'resuming',
      'offline',
      'resuming',
      'ready',
    ]);
    expect(app.tokensAsked[1]).toBe('expiring');
    // A try that fails after it needs no other one.
    expect(app.tokensAsked.filter((reason) => reason === 'connecting')).toHaveLength(1);
  });

  it('[CLIENT2] TOKEN_EXPIRED on connecting asks for a new one, and what getToken throws is tried again', async () => {
    const user = await cluster.addUser(UserType.passenger);
    const asked: string[] = [];
    let failures = 1;
    const app = await open(UserType.passenger, {
      getToken: (reason) => {
        asked.push(reason);
        if (reason === 'connecting') return cluster.tokenFor(user, -1_000);
        failures -= 1;
        if (failures >= 0) throw new Error('the identity service is away');
        return cluster.tokenFor(user);
      },
    });
    app.client.passengers();
    expect(await app.client.connect()).toMatchObject({ status: 'ready' });
    expect(asked).toEqual(['connecting', 'expired', 'expired']);
    expect(app.states.map(({ reason }) => reason?.code)).toContain('TOKEN_UNAVAILABLE');
  });

  it('[CLIENT3] a session that has ended closes the client with the code, and it does not come back', async () => {
    const app = await open(UserType.driver);
    const drivers = app.client.drivers();
    await app.client.connect();
    await sessions().revoke(app.user.sid, app.user.userId, SessionEndReason.revokedByAdmin);
    await untilStatus(app, 'closed');
    const closed = app.states.length;
    expect(app.client.getState()).toMatchObject({
      reason: { code: 'SESSION_REVOKED', retryable: false },
      retryAt: null,
    });
    app.client.wake();
    expect(await drivers.request('driver:location:ping', ROME)).toMatchObject({
      ok: false,
      error: { code: 'SESSION_REVOKED', retryable: false },
    });
    expect(app.states.length).toBe(closed);
    // The app may try again after a login: here with the old session, in vain.
    expect(await app.client.connect()).toMatchObject({
      status: 'closed',
      reason: { code: 'SESSION_REVOKED' },
    });
  });

  it.each([
    { name: 'a token of nobody', getToken: () => 'nonsense', code: 'TOKEN_INVALID' },
    {
      name: 'no session any more',
      getToken: () => {
        throw new SessionEnded('REFRESH_REUSED');
      },
      code: 'REFRESH_REUSED',
    },
  ])('[CLIENT3] $name closes the client with its code', async ({ getToken, code }) => {
    const app = await open(UserType.passenger, { getToken });
    app.client.passengers();
    expect(await app.client.connect()).toMatchObject({ status: 'closed', reason: { code } });
  });

  it('[CLIENT3] an instance that shuts down moves its clients: they come back elsewhere, not before they were asked to', async () => {
    const { url, app: instance } = await cluster.addInstance();
    balancer.turnTo(url);
    const app = await open(UserType.driver);
    const drivers = app.client.drivers();
    const hints: number[] = [];
    drivers.on('connection:closing', ({ retryAfterMs }) => hints.push(Date.now() + retryAfterMs!));
    await app.client.connect();
    cluster.instances.pop();
    balancer.turnTo(cluster.url(1));
    await instance.close();
    await untilStatus(app, 'ready');
    expect(app.states.find(({ reason }) => reason)).toMatchObject({
      status: 'resuming',
      reason: { code: 'SERVER_DRAINING' },
    });
    const { retryAt } = app.states.find(({ reason }) => reason)!;
    expect(retryAt).toBeGreaterThanOrEqual(hints[0]!);
    expect(cluster.instances[1]!.app.get(ConnectionRegistry).size).toBe(1);
    expect(await drivers.request('driver:location:ping', ROME)).toMatchObject({ ok: true });
    balancer.turnTo(cluster.url(0));
  });

  it('[CLIENT3] a server that is full says by polling when to come, and is not asked before', async () => {
    const { url, app: instance } = await cluster.addInstance({ WS_MAX_CONNECTIONS: 1 });
    const first = await open(UserType.driver, { url });
    first.client.drivers();
    await first.client.connect();
    const second = await open(UserType.driver, { url });
    second.client.drivers();
    const since = Date.now();
    void second.client.connect();
    await untilStatus(second, 'offline');
    const { reason, retryAt } = second.client.getState();
    expect(reason).toMatchObject({ code: 'SERVER_FULL', retryAfterMs: expect.any(Number) });
    expect(retryAt).toBeGreaterThanOrEqual(since + reason!.retryAfterMs!);
    first.client.close();
    await until('there is room again', () => instance.get(ConnectionRegistry).size === 0);
    second.client.wake();
    await untilStatus(second, 'ready');
    second.client.close();
    cluster.instances.pop();
    await instance.close();
  });
});

describe('a client while Redis is away', () => {
  it('[CLIENT6] what is refused with REDIS_UNAVAILABLE is sent again, not sooner than retryAfterMs, until its deadline', async () => {
    const redis = await startRedis({ appendOnly: true, quiet: true });
    const cluster = await TestCluster.start({
      env: { REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT: '2s' },
    });
    const app: TestApp = await openApp(cluster, UserType.driver, cluster.url(0));
    const drivers = app.client.drivers();
    await app.client.connect();
    const notBefore: number[] = [];
    drivers.on('exception', ({ code, retryAfterMs = 0 }) => {
      if (code === 'REDIS_UNAVAILABLE') notBefore.push(Date.now() + retryAfterMs);
    });
    // Answered only once the driver is wholly let in.
    expect(await drivers.request('driver:location:ping', ROME)).toMatchObject({ ok: true });
    await redis.kill();
    const brief = await drivers.request('driver:location:ping', ROME, { deadlineMs: 5_000 });
    expect(brief).toMatchObject({ ok: false, error: { code: 'REDIS_UNAVAILABLE' } });
    notBefore.length = 0;
    const sent = drivers.request(
      'driver:status:update',
      { isOnline: true },
      { deadlineMs: 60_000 },
    );
    await until('it was refused', () => notBefore.length > 0);
    await redis.restart();
    expect(await sent).toMatchObject({ ok: true, data: { isOnline: true } });
    expect(Date.now()).toBeGreaterThanOrEqual(notBefore[0]!);
    app.client.close();
    await cluster.close();
    await redis.stop();
  });
});
