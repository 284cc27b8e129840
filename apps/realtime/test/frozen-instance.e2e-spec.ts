import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AccountBlocks, SessionsService } from '#libs/auth';
import { Namespace, SessionEndReason, type AvailabilitySnapshot } from '#libs/contracts';
import { AvailabilityService } from '#libs/drivers';
import { RedisKeys } from '#libs/redis';
import { openRedisOrCluster, BareSocket, until } from '#libs/testing';
import { TestCluster, type TestUser } from './cluster.js';
import { InstanceProcess } from './instance-process.js';

/** The fewest that may be kept. Redis drops them a hundred at a time. */
const KEPT = 100;
const MORE_THAN_KEPT = 3 * KEPT;
const PEOPLE = 60;
/** What an instance knows of revocations counts for less than this. */
const FROZEN_MS = 3_000;
const LEASE_MS = 12_000;
/** A sixth of a lease, and more. */
const RENEWAL_MS = 3_000;
const STATUS = 'driver:status:update';
/** What a revoked client may be told: that it is, and nothing else. */
const FAREWELLS = new Set(['auth:session_revoked', 'connection:closing', 'exception']);

describe('an instance that was frozen', () => {
  let cluster: TestCluster;
  let frozen: InstanceProcess;
  let url: string;
  const clients: BareSocket[] = [];

  beforeAll(async () => {
    const env = {
      REVOCATIONS_KEPT: String(KEPT),
      MAX_SESSIONS_PER_USER: '1000',
      DRIVER_LEASE: `${LEASE_MS}ms`,
      DRIVER_GRACE: '2s',
      WS_PING_INTERVAL: '1s',
    };
    cluster = await TestCluster.start({ instances: 1, env });
    const { REDIS_URL, REDIS_MODE, REDIS_KEY_PREFIX, JWT_ACCESS_SECRET, JWT_REFRESH_SECRET } =
      cluster.environment;
    frozen = new InstanceProcess({
      ...env,
      PORT: '0',
      HOST: '127.0.0.1',
      REDIS_URL,
      REDIS_MODE,
      REDIS_REPLICAS_TO_WAIT_FOR: String(cluster.environment.REDIS_REPLICAS_TO_WAIT_FOR),
      REDIS_KEY_PREFIX,
      JWT_ACCESS_SECRET: JWT_ACCESS_SECRET!,
      JWT_REFRESH_SECRET: JWT_REFRESH_SECRET!,
    });
    url = await frozen.url();
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(async () => {
    frozen?.thaw();
    await frozen?.end('SIGKILL');
    await cluster?.close();
  });

  const serviceOf = <T>(type: new (...args: never[]) => T): T =>
    cluster.instances[0]!.app.get<T>(type, { strict: false });
  /** Bare sockets: none of them comes back by itself when it is cut. */
  const onFrozen = async (nsp: Namespace, { token }: TestUser): Promise<BareSocket> => {
    const client = BareSocket.open(url, nsp, { token });
    clients.push(client);
    await client.waitFor('hello');
    return client;
  };
  const anotherSession = async (user: TestUser): Promise<TestUser> => {
    const { userId, userType } = user;
    const { sid } = await serviceOf(SessionsService).open({
      account: { id: userId, userType },
      ttlMs: 600_000,
      client: { address: '127.0.0.1', userAgent: 'test' },
      fields: {},
    });
    const session = { userId, sid, userType };
    return { ...session, token: await cluster.tokenFor(session) };
  };
  const revoke = ({ sid, userId }: TestUser) =>
    serviceOf(SessionsService).revoke(sid, userId, SessionEndReason.revokedByAdmin);
  /** Ends so many other sessions that the stream keeps nothing of what was before. */
  const revokeMany = async () => {
    // Sessions of one user that are opened at once wait for each other.
    const people = Array.from({ length: PEOPLE }, () => cluster.addUser('passenger'));
    const sessions = (await Promise.all(people)).flatMap((user) =>
      Array.from({ length: Math.ceil(MORE_THAN_KEPT / PEOPLE) }, () => anotherSession(user)),
    );
    await Promise.all((await Promise.all(sessions)).map(revoke));
    const redis = openRedisOrCluster(cluster.environment.REDIS_URL);
    const kept = await redis.xlen(serviceOf(RedisKeys).key('auth', 'revocations'));
    redis.disconnect();
    expect(kept).toBeLessThan(MORE_THAN_KEPT);
  };

  it('[AUTH2] and serves drivers whose last session ended meanwhile: they are offered nothing, and do not come back', async () => {
    const [banned, revoked, stays] = await Promise.all([
      cluster.addUser('driver'),
      cluster.addUser('driver'),
      cluster.addUser('driver'),
    ]);
    const otherSession = await anotherSession(stays);
    const [bannedClient, revokedClient, staying] = await Promise.all([
      onFrozen(Namespace.drivers, banned),
      onFrozen(Namespace.drivers, revoked),
      onFrozen(Namespace.drivers, stays),
    ]);
    const areLive = async () => {
      const ids = [banned, revoked, stays].map(({ userId }) => userId);
      const states = await serviceOf(AvailabilityService).states(ids);
      return states.map((state) => state?.live);
    };
    expect(await areLive()).toEqual([true, true, true]);

    frozen.freeze();
    const frozenAt = performance.now();
    await serviceOf(AccountBlocks).ban(banned.userId, 'fraud');
    await revoke(revoked);
    await revoke(otherSession);
    expect(await areLive()).toEqual([false, false, true]);
    // Signs of life that wait in its kernel.
    for (const { socket } of [bannedClient, revokedClient]) socket.emit('driver:trip:set', {});
    await until('it was frozen long enough', () => performance.now() - frozenAt > FROZEN_MS);
    frozen.thaw();

    const answer = await staying.request('driver:location:ping', { lat: 41.9, lng: 12.5 });
    expect(answer).toMatchObject({ ok: true });
    const isCut = ({ socket }: BareSocket) => !socket.connected;
    await until('they are cut', () => isCut(bannedClient) && isCut(revokedClient));
    const woken = performance.now();
    await until('leases were renewed', () => performance.now() - woken > RENEWAL_MS);
    expect(await areLive()).toEqual([false, false, true]);
  });

  for (const { what, isDropped } of [
    { what: 'and reads who was revoked meanwhile', isDropped: false },
    { what: 'for longer than revocations are kept', isDropped: true },
  ]) {
    it(`[AUTH2] ${what}: gives the revoked and the banned no answer and no fact, the others both`, async () => {
      const [shared, banned, stays] = await Promise.all([
        cluster.addUser('driver'),
        cluster.addUser('driver'),
        cluster.addUser('driver'),
      ]);
      const [admin, otherAdmin] = await Promise.all([
        cluster.addUser('admin'),
        cluster.addUser('admin'),
      ]);
      const revokedSession = await anotherSession(shared);
      const victims = await Promise.all([
        onFrozen(Namespace.drivers, revokedSession),
        onFrozen(Namespace.drivers, banned),
        onFrozen(Namespace.admin, admin),
      ]);
      const bystanders = await Promise.all([
        onFrozen(Namespace.drivers, shared),
        onFrozen(Namespace.drivers, stays),
        onFrozen(Namespace.admin, otherAdmin),
      ]);
      const dispatchers = [victims[2]!, bystanders[2]!];
      await Promise.all(dispatchers.map((client) => client.waitFor('driver:snapshot')));
      const device = await cluster.connect(await anotherSession(shared), 0);
      const mover = await cluster.connect(await cluster.addUser('driver'), 0);
      await mover.ask(STATUS, { availabilityStatus: 'AVAILABLE' });
      await mover.request('driver:location:ping', { lat: 41.9, lng: 12.5 });
      await Promise.all(dispatchers.map((client) => client.waitFor('driver:location:update')));

      frozen.freeze();
      const frozenAt = performance.now();
      const before = victims.map(({ received }) => received.length);
      await revoke(revokedSession);
      await serviceOf(AccountBlocks).ban(banned.userId, 'fraud');
      await revoke(admin);
      if (isDropped) await revokeMany();
      // Facts that wait in the sockets of the frozen instance, and requests that wait in its kernel.
      const told = await device.ask<AvailabilitySnapshot>(STATUS, { availabilityStatus: 'BUSY' });
      await mover.request('driver:location:ping', { lat: 41.9005, lng: 12.5 });
      const answers = victims.map((client, i) =>
        client.answersTo(
          i < 2 ? 'driver:trip:set' : 'admin:feed:set',
          i < 2 ? { tripId: 'after-the-end' } : { mode: 'frames' },
        ),
      );
      const answersOfOthers = bystanders
        .slice(0, 2)
        .map((client) => client.request('driver:location:ping', { lat: 41.91, lng: 12.51 }));
      await until('it was frozen long enough', () => performance.now() - frozenAt > FROZEN_MS);
      frozen.thaw();

      await until('the revoked are cut', () => victims.every(({ socket }) => !socket.connected));
      for (const answer of await Promise.all(answersOfOthers))
        expect(answer).toMatchObject({ ok: true });
      await bystanders[0]!.waitFor<AvailabilitySnapshot>(
        'driver:availability:update',
        ({ version }) => version === told.version,
      );
      await bystanders[2]!.waitFor<{ coords: { lat: number } }>(
        'driver:location:update',
        ({ coords }) => Math.abs(coords.lat - 41.9005) < 1e-6,
      );
      for (const [i, { received, disconnectReason }] of victims.entries()) {
        const since = received.slice(before[i]);
        expect(since.filter(({ event }) => !FAREWELLS.has(event))).toEqual([]);
        expect(since.map(({ event }) => event)).toContain('auth:session_revoked');
        expect(disconnectReason).toBe('io server disconnect');
        for (const [answer] of answers[i]!)
          expect(answer).toMatchObject({ ok: false, error: { code: 'SESSION_REVOKED' } });
      }
      expect(JSON.stringify(bystanders[0]!.received)).not.toContain('after-the-end');
    });
  }
});
