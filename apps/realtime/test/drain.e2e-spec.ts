import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Namespace, type Ack, type ConnectionClosing } from '#libs/contracts';
import { BareSocket, until } from '#libs/testing';
import { Admission } from '../src/socket/connection/admission.js';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { TestCluster } from './cluster.js';
import { RawClient } from './raw-client.js';
import { TrialGateway, TrialModule } from './trial.gateway.js';

const DRAIN_MS = 2_000;
const DEADLINE_MS = 5_000;

describe('an instance that shuts down', () => {
  let cluster: TestCluster;
  let balancer: Server;
  let target: number;
  const clients: BareSocket[] = [];

  beforeEach(async () => {
    cluster = await TestCluster.start({
      env: { DRAIN_PERIOD: `${DRAIN_MS}ms` },
      extraModules: [TrialModule],
    });
    target = 0;
    // What a load balancer does that asks /health/ready.
    balancer = createServer((client) => {
      const server = connect(Number(new URL(cluster.url(target)).port), '127.0.0.1');
      client.pipe(server).pipe(client);
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
      }
    });
    balancer.listen(0, '127.0.0.1');
    await once(balancer, 'listening');
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    balancer.close();
    await cluster.close();
  });

  /** As Socket.IO comes back by itself, in clients that know nothing of the hint. */
  const behindBalancer = async (namespace: Namespace, token: string): Promise<BareSocket> => {
    const url = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`;
    const client = BareSocket.open(
      url,
      namespace,
      { token },
      { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200 },
    );
    clients.push(client);
    await client.waitFor('hello');
    return client;
  };
  /** Without the second instance; `cluster.close()` then finds it closed. */
  const shutDown = (): Promise<void> => cluster.instances.shift()!.app.close();

  it('[DRAIN1] moves its clients to the other instance over the drain period, with a hint when to come', async () => {
    const moved = await Promise.all(
      Array.from({ length: 20 }, async () =>
        behindBalancer(Namespace.drivers, (await cluster.addUser('driver')).token),
      ),
    );
    const registry = cluster.instances[1]!.app.get(ConnectionRegistry);
    const leftAt: number[] = [];
    for (const { socket } of moved) socket.on('disconnect', () => leftAt.push(performance.now()));
    const closed = shutDown();
    target = 0; // The one that is left.
    await until('all are greeted again', () =>
      moved.every((client) => client.payloads('hello').length === 2),
    );
    expect(registry.size).toBe(20);
    for (const client of moved) {
      expect(client.payloads<ConnectionClosing>('connection:closing')).toEqual([
        {
          code: 'SERVER_DRAINING',
          retryable: true,
          retryAfterMs: expect.any(Number),
          message: expect.any(String),
        },
      ]);
    }
    const hints = new Set(
      moved.map(
        (client) => client.payloads<ConnectionClosing>('connection:closing')[0]!.retryAfterMs,
      ),
    );
    expect(hints.size).toBeGreaterThan(5);
    // Not all at once.
    expect(leftAt.at(-1)! - leftAt[0]!).toBeGreaterThan(DRAIN_MS / 20);
    await closed;
  });

  it('[DRAIN1] answers what it has taken, refuses what comes later, and keeps nobody waiting for it', async () => {
    const { app, url } = cluster.instances[0]!;
    const trial = app.get(TrialGateway);
    const busy = await cluster.connectBare(await cluster.addUser('passenger'), 0);
    const answers: Ack<unknown>[] = [];
    busy.socket.emit('trial:hold', 'taken', (ack: Ack<unknown>) => answers.push(ack));
    busy.socket.emit('trial:echo', 'waiting', (ack: Ack<unknown>) => answers.push(ack));
    await until('it is being handled', () => trial.held === 1);
    const others = await Promise.all(
      Array.from({ length: 5 }, async () =>
        cluster.connectBare(await cluster.addUser('passenger'), 0),
      ),
    );
    const closed = shutDown();
    await until('the others are gone', () => others.every(({ socket }) => !socket.connected));
    expect(busy.socket.connected).toBe(true);
    expect(await busy.request('trial:echo', 'late')).toMatchObject({
      ok: false,
      error: { code: 'SERVER_DRAINING', retryable: true },
    });
    const refused = await RawClient.open(url);
    expect(refused.handshake).toContain('SERVER_DRAINING');
    trial.release();
    await until('it is gone as well', () => !busy.socket.connected);
    expect(answers).toEqual([
      { ok: true, data: 'taken' },
      { ok: true, data: 'waiting' },
    ]);
    expect(busy.received.at(-1)).toMatchObject({
      event: 'connection:closing',
      payload: { code: 'SERVER_DRAINING' },
    });
    await closed;
  });

  it('[DRAIN1] refuses new namespaces on old connections, and waits for a request that hangs no longer than its deadline', async () => {
    const { app, url } = await cluster.addInstance({ WS_REQUEST_DEADLINE: DEADLINE_MS });
    const user = await cluster.addUser('passenger');
    const raw = await RawClient.open(url);
    await raw.enter(Namespace.passengers, user.token);
    raw.send('42/passengers,1["trial:hold","for ever"]');
    await until('it is being handled', () => app.get(TrialGateway).held === 1);
    const startedAt = performance.now();
    const closed = cluster.instances.pop()!.app.close();
    await until('it drains', () => app.get(Admission).isDraining);
    raw.send(`40/chat,${JSON.stringify({ token: user.token })}`);
    expect(await raw.waitFor((packet) => packet.startsWith('44/chat,'))).toContain(
      'SERVER_DRAINING',
    );
    await raw.waitUntilClosed();
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS + 15_000);
    expect(raw.received.filter((packet) => packet.startsWith('43/passengers,1'))).toEqual([
      expect.stringContaining('DEADLINE_EXCEEDED'),
    ]);
    expect(raw.received.at(-1)).toContain('SERVER_DRAINING');
  });

  it('[DRAIN1] is not kept by clients that do not read, nor by many at once', async () => {
    const user = await cluster.addUser('passenger');
    const stuck = await RawClient.open(cluster.url(0));
    await stuck.enter(Namespace.passengers, user.token);
    stuck.pause();
    const startedAt = performance.now();
    await shutDown();
    expect(performance.now() - startedAt).toBeLessThan(DRAIN_MS + 15_000);
    stuck.close();
  });

  it('[DRAIN1] a driver that is moved stays on the map: its lease is kept', async () => {
    const dispatcher = await cluster.connect(await cluster.addUser('admin'), 1);
    const user = await cluster.addUser('driver');
    const driver = await behindBalancer(Namespace.drivers, user.token);
    await driver.ask('driver:status:update', { availabilityStatus: 'AVAILABLE' });
    const closed = shutDown();
    await until('it is greeted again', () => driver.payloads('hello').length === 2);
    await closed;
    expect(await driver.ask('driver:location:ping', { lat: 41.9, lng: 12.5 })).toMatchObject({
      results: [{ verdict: 'stored' }],
    });
    await dispatcher.waitFor<{ driverId: string }>(
      'driver:location:update',
      ({ driverId }) => driverId === user.userId,
    );
    expect(dispatcher.payloads('driver:offline')).toEqual([]);
  });
});
