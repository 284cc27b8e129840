import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConnectionClosing, Namespace, type Ack } from '#libs/contracts';
import { until, type BareSocket } from '#libs/testing';
import { LeaseKeeper } from '../src/drivers/lease-keeper.js';
import { FleetBroadcast } from '../src/fleet/fleet-broadcast.js';
import { Admission } from '../src/socket/connection/admission.js';
import { ConnectionLifecycle } from '../src/socket/connection/connection-lifecycle.js';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { SocketServer } from '../src/socket/engine/socket-server.js';
import { TestCluster, type TestUser } from './cluster.js';
import { RawClient } from './raw-client.js';
import { TrialGateway, TrialModule } from './trial.gateway.js';

describe('what one client may take', () => {
  let cluster: TestCluster;

  const start = async (env: Record<string, string>): Promise<void> => {
    cluster = await TestCluster.start({ env, extraModules: [TrialModule] });
  };
  afterEach(() => cluster.close());

  const admission = (instance: number) => cluster.instances[instance]!.app.get(Admission);
  const registry = (instance: number) => cluster.instances[instance]!.app.get(ConnectionRegistry);
  /** Greeted, refused with a code, or refused before it was a WebSocket. */
  const outcome = async (user: TestUser, instance = 0): Promise<string> => {
    const client = cluster.openBareOf(user, instance);
    await until('it is decided', () => client.refusals.length > 0 || client.received.length > 0);
    return client.refusals[0] ? (client.refusals[0].data?.code ?? 'handshake refused') : 'greeted';
  };

  it('[LIM3] a thousand connections that open while the instance is busy wait for it', async () => {
    await start({});
    const kernelLimit = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
    const count = Math.min(1_000, kernelLimit);
    // This process is blocked until the other one has ended: what opens was kept by the kernel.
    const opened = execFileSync(process.execPath, [
      '-e',
      `let opened = 0;
      const end = () => (console.log(opened), process.exit(0));
      setTimeout(end, 60_000);
      for (let i = 0; i < ${count}; i += 1) {
        require('node:net').connect(${new URL(cluster.url(0)).port}, '127.0.0.1', () => {
          opened += 1;
          if (opened === ${count}) end();
        }).on('error', () => {});
      }`,
    ]);
    expect(Number(opened.toString())).toBe(count);
  });

  it('[LIM1] an instance takes so many connections and no more, until one leaves', async () => {
    await start({ WS_MAX_CONNECTIONS: '3' });
    const users = await Promise.all(Array.from({ length: 4 }, () => cluster.addUser('driver')));
    const clients: BareSocket[] = [];
    for (const user of users.slice(0, 3)) clients.push(await cluster.connectBare(user, 0));
    expect(await outcome(users[3]!)).toBe('handshake refused');
    expect(await outcome(users[3]!, 1)).toBe('greeted');
    clients[0]!.close();
    await until('it has left', () => admission(0).size === 2);
    expect(await outcome(users[3]!)).toBe('greeted');
  });

  it('[LIM1] an address has so many connections and no more', async () => {
    await start({ WS_MAX_CONNECTIONS_PER_ADDRESS: '2', TRUST_PROXY_HOPS: '1' });
    const from = async (address: string) => {
      const client = await RawClient.open(cluster.url(0), { 'X-Forwarded-For': address });
      return client.handshake.split(' ')[1];
    };
    expect([await from('10.0.0.1'), await from('10.0.0.1'), await from('10.0.0.2')]).toEqual([
      '101',
      '101',
      '101',
    ]);
    expect(await from('10.0.0.1')).toBe('503');
    // Only what the nearest proxy has added counts.
    expect(await from('10.9.9.9, 10.0.0.1')).toBe('503');
    expect(await from('10.0.0.1, 10.0.0.3')).toBe('101');
  });

  it('[LIM1] a user has so many connections and no more, be they opened at the same moment', async () => {
    await start({ WS_MAX_CONNECTIONS_PER_USER: '3' });
    const user = await cluster.addUser('driver');
    const clients = Array.from({ length: 12 }, () => cluster.openBareOf(user, 0));
    await until('each is decided', () =>
      clients.every(
        (client) =>
          client.refusals.length > 0 ||
          client.disconnectReason !== undefined ||
          client.payloads('hello').length > 0,
      ),
    );
    await until('three stay', () => clients.filter(({ socket }) => socket.connected).length === 3);
    expect(registry(0).ofUser(user.userId)).toHaveLength(3);
    for (const client of clients.filter(({ socket }) => !socket.connected)) {
      const code =
        client.refusals[0]?.data?.code ??
        client.payloads<ConnectionClosing>('connection:closing')[0]?.code;
      expect(code).toBe('TOO_MANY_CONNECTIONS');
    }
    clients.find(({ socket }) => socket.connected)!.close();
    await until('it has left', () => registry(0).ofUser(user.userId).length === 2);
    expect(await outcome(user)).toBe('greeted');
  });

  it('[LIM1] the namespaces of one connection count as one', async () => {
    await start({ WS_MAX_CONNECTIONS_PER_USER: '1' });
    const user = await cluster.addUser('driver');
    const raw = await RawClient.open(cluster.url(0));
    await raw.enter(Namespace.drivers, user.token);
    await raw.enter(Namespace.chat, user.token);
    expect(await outcome(user)).toBe('greeted');
    await raw.waitUntilClosed();
    for (const namespace of [Namespace.drivers, Namespace.chat]) {
      const notice = raw.received.find((packet) =>
        packet.startsWith(`42${namespace},["connection:closing"`),
      );
      expect(notice).toContain('TOO_MANY_CONNECTIONS');
    }
    expect(registry(0).ofUser(user.userId)).toHaveLength(1);
  });

  it('[LIM1] of too many connections of a user the one that was silent for longest gives way', async () => {
    await start({});
    const user = await cluster.addUser('driver');
    const silent: RawClient[] = [];
    for (let i = 0; i < 10; i += 1) {
      const raw = await RawClient.open(cluster.url(0));
      await raw.enter(Namespace.drivers, user.token);
      silent.push(raw);
    }
    // The first one speaks: it is alive, and the second the oldest.
    const living = silent.shift()!;
    living.send('42/drivers,1["driver:location:ping",{"lat":41.9,"lng":12.5}]');
    await living.waitFor((packet) => packet.startsWith('43/drivers,1'));
    for (let i = 0; i < 3; i += 1) {
      expect(await outcome(user)).toBe('greeted');
      const gone = silent.shift()!;
      await gone.waitUntilClosed();
      expect(gone.received.join()).toMatch(/connection:closing.*TOO_MANY_CONNECTIONS.*silent/);
      expect(registry(0).ofUser(user.userId)).toHaveLength(10);
    }
    expect([living, ...silent].filter(({ isClosed }) => isClosed)).toEqual([]);
    for (const raw of [living, ...silent]) raw.close();
  });

  it('[LIM1] an address is one however it is spelled, and an IPv6 network counts as one', async () => {
    await start({ WS_MAX_CONNECTIONS_PER_ADDRESS: '2', TRUST_PROXY_HOPS: '1' });
    const from = async (headers: Record<string, string>) => {
      const client = await RawClient.open(cluster.url(0), headers);
      return client.handshake.split(' ')[1];
    };
    expect(await from({ 'X-Forwarded-For': '203.0.113.8:40001' })).toBe('101');
    expect(await from({ 'X-Forwarded-For': '::ffff:203.0.113.8' })).toBe('101');
    for (const text of ['203.0.113.8', '203.0.113.8:40002', '"[::ffff:203.0.113.8]:1"'])
      expect(await from({ 'X-Forwarded-For': text })).toBe('503');
    expect(await from({ Forwarded: 'for=203.0.113.8;proto=https' })).toBe('503');
    expect(await from({ Forwarded: 'for="[2001:db8:1:2::1]:40001"' })).toBe('101');
    expect(await from({ 'X-Forwarded-For': '[2001:db8:1:2:ffff::9]:40002' })).toBe('101');
    expect(await from({ 'X-Forwarded-For': '2001:db8:1:2::3' })).toBe('503');
    expect(await from({ 'X-Forwarded-For': '2001:db8:1:3::3' })).toBe('101');
    const kept = (admission(0) as unknown as { byNetwork: Map<string, number> }).byNetwork;
    expect([...kept.keys()].toSorted()).toEqual([
      '2001:db8:1:2::/64',
      '2001:db8:1:3::/64',
      '203.0.113.8',
    ]);
  });

  it('[MEM1] nothing of what a client sent when it connected is kept, however large it was', async () => {
    await start({});
    const filler = { extra: 'x'.repeat(60_000), feed: 'events', trips: {} };
    for (const type of ['driver', 'passenger', 'admin'] as const) {
      const user = await cluster.addUser(type);
      await cluster.connectBare(user, 0, filler);
      const chat = cluster.openBare(Namespace.chat, 0, { token: user.token, ...filler });
      await chat.waitFor('hello');
      const sockets = registry(0).ofUser(user.userId);
      expect(sockets).toHaveLength(2);
      await until('both are welcomed', () =>
        sockets.every(({ data }) => data.connection.welcoming === undefined),
      );
      for (const { handshake, conn } of sockets) {
        const { auth, query, headers, url } = handshake;
        expect({ auth, query, headers, url }).toEqual({
          auth: {},
          query: {},
          headers: {},
          url: '',
        });
        expect(conn.request.headers).toEqual({});
      }
    }
  });

  it('[LIM1] connections come in at a bounded pace', async () => {
    await start({ WS_CONNECTS_PER_SECOND: '1' });
    const handshakes = await Promise.all(
      Array.from({ length: 30 }, () => RawClient.open(cluster.url(0))),
    );
    const admitted = handshakes.filter(({ handshake }) => handshake.includes(' 101 '));
    expect(admitted.length).toBeGreaterThanOrEqual(1);
    expect(admitted.length).toBeLessThan(15);
    await until('there is room again', async () =>
      (await RawClient.open(cluster.url(0))).handshake.includes(' 101 '),
    );
  });

  it('[LIM1] a payload that is too large ends the connection that sent it and no other', async () => {
    await start({ WS_MAX_PAYLOAD_BYTES: '2048' });
    const [sender, other] = [
      await cluster.connectBare(await cluster.addUser('passenger'), 0),
      await cluster.connectBare(await cluster.addUser('passenger'), 0),
    ];
    expect(await sender.ask('trial:echo', 'x'.repeat(1_500))).toHaveLength(1_500);
    sender.socket.emit('trial:echo', 'x'.repeat(3_000));
    await until('it is cut', () => sender.disconnectReason !== undefined);
    expect(await other.ask('trial:echo', 'mark')).toBe('mark');
    expect(cluster.instances[0]!.app.get(TrialGateway).handled).not.toContain('x'.repeat(3_000));
  });

  it('[LIM1] after retryAfterMs the request that was refused is let through', async () => {
    await start({ WS_RATE_PER_SECOND: '10', WS_RATE_BURST: '4' });
    const client = await cluster.connectBare(await cluster.addUser('passenger'), 0);
    for (let round = 0; round < 4; round += 1) {
      // More at once than the budget has; the last one has to wait longest.
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => client.request('trial:echo', round)),
      );
      const refused = answers.at(-1)!;
      if (refused.ok) throw new Error('None was refused.');
      expect(refused.error).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
      const { retryAfterMs } = refused.error;
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThan(1_000);
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
      expect(await client.request('trial:echo', round)).toEqual({ ok: true, data: round });
    }
  });

  it('[LIM1] a ping costs by its fixes: buffers are limited sooner than single ones', async () => {
    const limited = await TestCluster.start({
      instances: 1,
      env: { WS_RATE_BURST: '50', WS_RATE_PER_SECOND: '1' },
    });
    const driver = await limited.connectBare(await limited.addUser('driver'), 0);
    const buffer = Array.from({ length: 200 }, (_, i) => ({ lat: 41.9, lng: 12.5 + i * 1e-6 }));
    const answers = [];
    for (let i = 0; i < 3; i += 1)
      answers.push(await driver.request('driver:location:ping', buffer));
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(answers[2]).toMatchObject({ error: { code: 'RATE_LIMITED' } });
    await limited.close();
  });

  it('[LIM1] a flood is answered with refusals, then cut with a code; others are served', async () => {
    await start({ WS_RATE_PER_SECOND: '1', WS_RATE_BURST: '10' });
    const [flooder, other] = [
      await cluster.connectBare(await cluster.addUser('passenger'), 0),
      await cluster.connectBare(await cluster.addUser('passenger'), 0),
    ];
    let handled = 0;
    for (let i = 0; i < 200; i += 1) {
      flooder.socket.emit('trial:echo', i, (ack: Ack<unknown>) => (handled += ack.ok ? 1 : 0));
    }
    const closing = await flooder.waitFor<ConnectionClosing>('connection:closing');
    expect(closing).toMatchObject({
      code: 'RATE_LIMITED',
      retryable: true,
      retryAfterMs: expect.any(Number),
    });
    await until('it is cut', () => !flooder.socket.connected);
    expect(handled).toBeLessThan(20);
    expect(flooder.payloads('exception').length).toBeLessThan(60);
    expect(await other.ask('trial:echo', 'mark')).toBe('mark');
  });

  it('[LIM1] packets that nobody asked for end the connection as well', async () => {
    await start({ WS_RATE_PER_SECOND: '10', WS_RATE_BURST: '10' });
    const user = await cluster.addUser('passenger');
    const raw = await RawClient.open(cluster.url(0));
    await raw.enter(Namespace.passengers, user.token);
    raw.send(...Array.from({ length: 2_000 }, () => '43/passengers,1[1]'));
    await raw.waitUntilClosed();
    await until('it is forgotten', () => registry(0).size === 0);
    expect(admission(0).size).toBe(0);
  });

  it('[LIM1] what is kept of clients is gone when they are', async () => {
    await start({});
    const users = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        cluster.addUser((['driver', 'passenger', 'admin'] as const)[i % 3]!),
      ),
    );
    for (let round = 0; round < 3; round += 1) {
      const clients = await Promise.all(users.map((user) => cluster.connectBare(user, 0)));
      expect([registry(0).size, admission(0).size]).toEqual([30, 30]);
      // Some leave as they come, in the middle of their welcome.
      const hasty = users.map((user) => cluster.openBareOf(user, 0));
      await until('some are connected', () => hasty.some(({ socket }) => socket.connected));
      for (const client of [...hasty, ...clients]) client.close();
      await until('nothing is kept', () => registry(0).size === 0 && admission(0).size === 0);
    }
    const { app } = cluster.instances[0]!;
    const kept = () => [
      (app.get(LeaseKeeper) as unknown as { kept: Map<unknown, unknown> }).kept.size,
      (app.get(FleetBroadcast) as unknown as { watchers: Map<unknown, unknown> }).watchers.size,
      (app.get(ConnectionLifecycle) as unknown as { goodbyes: Set<unknown> }).goodbyes.size,
      ...Object.values(Namespace).map(
        (name) => app.get(SocketServer).namespace(name).adapter.rooms.size,
      ),
    ];
    await until('gateways and rooms keep nothing either', () => kept().every((size) => size === 0));
    expect((registry(0) as unknown as { byUser: Map<string, unknown> }).byUser.size).toBe(0);
    expect((admission(0) as unknown as { byNetwork: Map<string, unknown> }).byNetwork.size).toBe(0);
  });
});
