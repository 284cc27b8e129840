import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { AuthService, SessionsService } from '#libs/auth';
import {
  Namespace,
  SessionEndReason,
  type AuthExpiring,
  type AuthRefreshed,
  type ConnectionClosing,
  type Hello,
  type SessionRevoked,
} from '#libs/contracts';
import { until, type BareSocket } from '#libs/testing';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { Outbox } from '../src/socket/sending/outbox.js';
import { TestCluster, type TestUser } from './cluster.js';
import { RawClient } from './raw-client.js';

/** DESIGN AUTH2: the published bound. */
const BOUND_MS = 1_000;
/** A machine that lets this process wait lets others wait as well, one after the other. */
const LATE_TIMES = 10;

describe('when the right to stay ends', () => {
  let cluster: TestCluster;
  let admin: TestUser;

  beforeAll(async () => {
    cluster = await TestCluster.start({ env: { AUTH_EXPIRING_NOTICE: '5s' } });
    admin = await cluster.addUser('admin');
  });
  afterAll(() => cluster.close());

  const loopDelay = monitorEventLoopDelay({ resolution: 10 });
  beforeAll(() => void loopDelay.enable());
  afterAll(() => void loopDelay.disable());
  beforeEach(() => loopDelay.reset());
  /** The bound, and what the machine was late in this test. */
  const boundMs = () => BOUND_MS + (LATE_TIMES * loopDelay.max) / 1e6;

  /** By REST, on instance 0. */
  const order = async (method: string, path: string): Promise<void> => {
    const answer = await fetch(`${cluster.url(0)}/api/admin/${path}`, {
      method,
      headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
      ...(method === 'POST' ? { body: '{"reason":"test"}' } : {}),
    });
    expect(answer.ok).toBe(true);
  };
  const anotherSession = async (user: TestUser): Promise<TestUser> => {
    const { app } = cluster.instances[0]!;
    const account = await app
      .get(AccountsService, { strict: false })
      .ensure(user.userId, user.userType);
    const client = { address: '127.0.0.1', userAgent: 'test' };
    const opened = await app
      .get(SessionsService, { strict: false })
      .open({ account, ttlMs: 60_000, client, fields: {} });
    const session = { userId: user.userId, sid: opened.sid, userType: user.userType };
    return { ...session, token: await cluster.tokenFor(session) };
  };
  /** On both instances, in both namespaces of a driver; bare sockets, whose end is looked at. */
  const everywhere = async (user: TestUser): Promise<BareSocket[]> => {
    const clients = [0, 1].flatMap((instance) =>
      [Namespace.drivers, Namespace.chat].map((nsp) =>
        cluster.openBare(nsp, instance, { token: user.token }),
      ),
    );
    await Promise.all(clients.map((client) => client.waitFor('hello')));
    return clients;
  };
  const expectCut = async (
    clients: BareSocket[],
    reason: string,
    startedAt: number,
  ): Promise<void> => {
    await until('all are cut', () => clients.every(({ socket }) => !socket.connected));
    expect(performance.now() - startedAt).toBeLessThan(boundMs());
    for (const client of clients) {
      expect(client.received.slice(-2).map(({ event }) => event)).toEqual([
        'auth:session_revoked',
        'connection:closing',
      ]);
      expect(client.payloads<SessionRevoked>('auth:session_revoked')).toEqual([
        { sid: expect.any(String), reason, at: expect.any(String) },
      ]);
      expect(client.payloads<ConnectionClosing>('connection:closing')).toEqual([
        expect.objectContaining({ code: 'SESSION_REVOKED', retryable: false }),
      ]);
      // A client that is cut for good does not come back by itself.
      expect(client.disconnectReason).toBe('io server disconnect');
    }
  };

  it("[AUTH2] a revoked session is cut everywhere within the bound, the user's others stay", async () => {
    const user = await cluster.addUser('driver');
    const other = await anotherSession(user);
    const [clients, others] = [await everywhere(user), await everywhere(other)];
    const startedAt = performance.now();
    await order('DELETE', `sessions/${user.sid}`);
    await expectCut(clients, 'revoked_by_admin', startedAt);
    for (const client of others) {
      expect(client.socket.connected).toBe(true);
      expect((await client.request('auth:refresh', { token: other.token })).ok).toBe(true);
      expect(client.payloads('auth:session_revoked')).toEqual([]);
    }
  });

  it('[AUTH2] all sessions of a user, and a banned or suspended user, are cut everywhere', async () => {
    const orders = [
      ['DELETE', 'sessions', 'revoked_by_admin'],
      ['POST', 'ban', 'account_banned'],
      ['POST', 'suspend', 'account_suspended'],
    ] as const;
    for (const [method, what, reason] of orders) {
      const user = await cluster.addUser('driver');
      const clients = [
        ...(await everywhere(user)),
        ...(await everywhere(await anotherSession(user))),
      ];
      const bystander = await cluster.connect(await cluster.addUser('driver'), 1);
      const startedAt = performance.now();
      await order(method, `users/${user.userId}/${what}`);
      await expectCut(clients, reason, startedAt);
      expect(bystander.isConnected).toBe(true);
    }
  });

  it('[AUTH2] each namespace of one connection is told before the connection is cut', async () => {
    const user = await cluster.addUser('driver');
    const raw = await RawClient.open(cluster.url(1));
    await raw.enter(Namespace.drivers, user.token);
    await raw.enter(Namespace.chat, user.token);
    await order('DELETE', `sessions/${user.sid}`);
    await raw.waitUntilClosed();
    for (const nsp of [Namespace.drivers, Namespace.chat]) {
      const events = raw.received.filter((packet) => packet.startsWith(`42${nsp},`)).slice(-2);
      expect(events[0]).toContain('"auth:session_revoked"');
      expect(events[1]).toContain('"SESSION_REVOKED"');
    }
  });

  it('[AUTH2] a revoked session handles no request after the bound and is sent nothing more', async () => {
    const user = await cluster.addUser('driver');
    const other = await anotherSession(user);
    const raw = await RawClient.open(cluster.url(1));
    await raw.enter(Namespace.drivers, user.token);
    const witness = await cluster.connect(other, 1);
    await order('DELETE', `sessions/${user.sid}`);
    await raw.waitFor((packet) => packet.includes('auth:session_revoked'));
    raw.send('42/drivers,9["driver:trip:set",{"tripId":"after-the-end"}]');
    cluster.instances[0]!.app.get(Outbox, { strict: false }).toDriver(
      user.userId,
      'driver:trip:update',
      {
        driverId: user.userId,
        currentTripId: null,
        availabilityReason: null,
        availabilityStatus: 'AVAILABLE',
        isAvailableForTrips: true,
      },
    );
    await witness.waitFor('driver:trip:update');
    await raw.waitUntilClosed();
    expect(raw.received.some((packet) => packet.startsWith('43/drivers,9{"ok":true'))).toBe(false);
    expect(raw.received.some((packet) => packet.includes('driver:trip:update'))).toBe(false);
    expect(await witness.ask('driver:trip:set', { tripId: null })).toMatchObject({
      currentTripId: null,
    });
    expect(JSON.stringify(witness.received)).not.toContain('after-the-end');
  });

  it('[AUTH2] whoever is revoked while connecting gets no socket that stays', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const user = await cluster.addUser('driver');
      const clients = Array.from({ length: 6 }, (_, i) => cluster.openBareOf(user, i % 2));
      await order('DELETE', `sessions/${user.sid}`);
      await until('none stays', () =>
        clients.every(
          (client) => client.refusals.length > 0 || client.disconnectReason !== undefined,
        ),
      );
    }
  });

  it('[AUTH2] of many that are checked at once, the one revoked before it is let in gets nothing, the others stay', async () => {
    const users = await Promise.all(Array.from({ length: 8 }, () => cluster.addUser('driver')));
    const victim = users[3]!;
    const auth = cluster.instances[0]!.app.get(AuthService, { strict: false });
    const authenticate = auth.authenticate.bind(auth);
    // Right behind the check that still found it live, and on the other instance.
    const spy = vi.spyOn(auth, 'authenticate').mockImplementation(async (token) => {
      const principal = await authenticate(token);
      if (principal.sid === victim.sid) {
        const sessions = cluster.instances[1]!.app.get(SessionsService, { strict: false });
        await sessions.revoke(victim.sid, victim.userId, SessionEndReason.revokedByAdmin);
      }
      return principal;
    });
    const clients = users.map((user) => cluster.openBareOf(user, 0));
    const [revoked] = clients.splice(3, 1);
    await Promise.all(clients.map((client) => client.waitFor('hello')));
    await until(
      'it is refused or cut',
      () => revoked!.refusals.length > 0 || revoked!.disconnectReason !== undefined,
    );
    spy.mockRestore();
    expect(revoked!.socket.connected).toBe(false);
    for (const client of clients) expect(client.socket.connected).toBe(true);
  });

  it('[AUTH2] a token that ends is announced, then the connection is closed with a code', async () => {
    const user = await cluster.addUser('driver', { ttlMs: 6_000 });
    const client = await cluster.connectBare(user, 1);
    const { expiresAt } = client.payloads<Hello>('hello')[0]!;
    const notice = await client.waitFor<AuthExpiring>('auth:expiring');
    expect(notice).toEqual({ expiresAt, inMs: expect.any(Number) });
    expect(notice.inMs).toBeGreaterThan(1_000);
    const closing = await client.waitFor<ConnectionClosing>('connection:closing');
    expect(closing).toMatchObject({ code: 'TOKEN_EXPIRED', retryable: true });
    expect(Date.now() - expiresAt).toBeGreaterThanOrEqual(0);
    expect(Date.now() - expiresAt).toBeLessThan(boundMs());
    await until('it is cut', () => !client.socket.connected);
    // Socket.IO comes back from this by itself, and is told on the way in that its token has ended.
    expect(client.disconnectReason).toBe('transport close');
    expect(client.payloads('auth:expiring')).toHaveLength(1);
  });

  it('[AUTH2] a request after the token has ended is refused, be it before the sweep', async () => {
    const user = await cluster.addUser('driver', { ttlMs: 5_000 });
    const client = await cluster.connectBare(user, 0);
    const { expiresAt } = client.payloads<Hello>('hello')[0]!;
    // No sweep comes between the end of the token and the request.
    const registry = cluster.instances[0]!.app.get(ConnectionRegistry, { strict: false });
    const sweep = vi.spyOn(registry, 'all').mockImplementation(() => new Set<never>().values());
    await until('it has ended', () => Date.now() >= expiresAt);
    expect(await client.request('driver:trip:set', { tripId: 'too-late' })).toMatchObject({
      ok: false,
      error: { code: 'TOKEN_EXPIRED' },
    });
    sweep.mockRestore();
    await until('it is cut', () => !client.socket.connected);
    const again = await cluster.connect({ ...user, token: await cluster.tokenFor(user) }, 0);
    expect(await again.ask('driver:trip:set', { tripId: null })).toMatchObject({
      version: expect.any(Number),
    });
    expect(JSON.stringify(again.received)).not.toContain('too-late');
  });

  it('[AUTH2] auth:refresh swaps the token and keeps the socket, its rooms and its epoch', async () => {
    const user = await cluster.addUser('driver', { ttlMs: 6_000 });
    const [client, sender] = [
      await cluster.connectBare(user, 0),
      await cluster.connect(await anotherSession(user), 1),
    ];
    const { expiresAt } = client.payloads<Hello>('hello')[0]!;
    await client.waitFor('auth:expiring');
    const fresh = await cluster.tokenFor(user);
    const refreshed = await client.ask<AuthRefreshed>('auth:refresh', { token: fresh });
    expect(refreshed.expiresAt).toBeGreaterThan(expiresAt + 60_000);
    await until('the old token has ended', () => Date.now() > expiresAt + BOUND_MS);
    const snapshot = await sender.ask<{ version: number }>('driver:status:update', {
      availabilityStatus: 'AVAILABLE',
    });
    await client.waitFor<{ version: number }>(
      'driver:availability:update',
      ({ version }) => version === snapshot.version,
    );
    expect((await client.request('driver:location:ping', { lat: 41.9, lng: 12.5 })).ok).toBe(true);
    expect(client.payloads('hello')).toHaveLength(1);
    // An older token, sent late, takes nothing back.
    expect(
      await client.ask('auth:refresh', { token: await cluster.tokenFor(user, 30_000) }),
    ).toEqual(refreshed);
  });

  it('[AUTH2] auth:refresh takes no token of another session, user or of nobody', async () => {
    const user = await cluster.addUser('driver', { ttlMs: 60_000 });
    const client = await cluster.connectBare(user, 0);
    const others = [
      (await anotherSession(user)).token,
      (await cluster.addUser('driver')).token,
      (await cluster.addUser('admin')).token,
      'garbage',
    ];
    for (const token of others) {
      expect(await client.request('auth:refresh', { token })).toMatchObject({
        ok: false,
        error: { code: 'TOKEN_INVALID' },
      });
    }
    for (const payload of [{}, { token: 1 }, null]) {
      expect(await client.request('auth:refresh', payload)).toMatchObject({
        ok: false,
        error: { code: 'VALIDATION_FAILED' },
      });
    }
    const spent = await cluster.tokenFor(user, -1_000);
    expect(await client.request('auth:refresh', { token: spent })).toMatchObject({
      ok: false,
      error: { code: 'TOKEN_EXPIRED' },
    });
    // Its own token is good still.
    expect((await client.request('driver:status:update', { isOnline: true })).ok).toBe(true);
  });
});
