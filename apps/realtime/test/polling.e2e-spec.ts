import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Namespace, type Ack, type Hello } from '#libs/contracts';
import { PATIENCE_MS, startBalancer, AppClient, until, type Balancer } from '#libs/testing';
import { TestCluster } from './cluster.js';
import { TrialModule } from './trial.gateway.js';

describe('clients as tutorials write them, behind a balancer that knows no stickiness', () => {
  let cluster: TestCluster;
  let balancer: Balancer;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    cluster = await TestCluster.start({ extraModules: [TrialModule] });
    balancer = await startBalancer(() => cluster.instances.map(({ url }) => url));
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect();
  });
  afterAll(async () => {
    await balancer.close();
    await cluster.close();
  });

  const kept = (socket: Socket) => {
    sockets.push(socket);
    return socket;
  };
  const helloOf = (socket: Socket) =>
    new Promise<Hello>((resolve, reject) => {
      socket.once('hello', resolve);
      socket.once('connect_error', reject);
    });
  const ping = (socket: Socket, lat: number) =>
    socket
      .timeout(PATIENCE_MS)
      .emitWithAck('driver:location:ping', { latitude: lat, longitude: -74.006 }) as Promise<
      Ack<unknown>
    >;
  const foreign = () => balancer.sent.filter(({ isOwner }) => isOwner === false).length;

  it('[CONN1] the code of the tutorial rides: it polls, is upgraded, and its pings are acknowledged', async () => {
    for (let round = 0; round < 4; round += 1) {
      const driver = await cluster.addUser('driver');
      const before = foreign();
      // Word for word but for the address and the token.
      const socket = io(`${balancer.url}/drivers`, {
        auth: {
          token: driver.token,
        },
      });
      kept(socket);
      expect(await helloOf(socket)).toMatchObject({ ok: true, nsp: '/drivers' });
      await until('it is upgraded', () => socket.io.engine.transport.name === 'websocket');
      for (let i = 0; i < 3; i += 1)
        expect(await ping(socket, 40.7128 + i * 1e-5)).toMatchObject({ ok: true });
      expect(foreign()).toBeGreaterThan(before);
    }
  });

  it('[CONN1] the token may come in the header of every request', async () => {
    const driver = await cluster.addUser('driver');
    const socket = io(`${balancer.url}/drivers`, {
      extraHeaders: {
        Authorization: `Bearer ${driver.token}`,
      },
      forceNew: true,
    });
    kept(socket);
    expect(await helloOf(socket)).toMatchObject({ ok: true, userId: driver.userId });
    await until('it is upgraded', () => socket.io.engine.transport.name === 'websocket');
    expect(await ping(socket, 40.7128)).toMatchObject({ ok: true });
  });

  it('[CONN1] a client that can only poll is served by any instance, in order and without a gap', async () => {
    const passenger = await cluster.addUser('passenger');
    const socket = io(`${balancer.url}/passengers`, {
      auth: { token: passenger.token },
      transports: ['polling'],
      forceNew: true,
    });
    kept(socket);
    await helloOf(socket);
    const before = balancer.sent.length;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        socket.timeout(PATIENCE_MS).emitWithAck('trial:echo', i),
      ),
    );
    expect(answers).toEqual(Array.from({ length: 50 }, (_, i) => ({ ok: true, data: i })));
    for (let i = 0; i < 5; i += 1) {
      const large = 'é'.repeat(20_000) + i;
      expect(await socket.timeout(PATIENCE_MS).emitWithAck('trial:echo', large)).toEqual({
        ok: true,
        data: large,
      });
    }
    const since = balancer.sent.slice(before);
    expect(since.some(({ isOwner }) => isOwner === true)).toBe(true);
    expect(since.some(({ isOwner }) => isOwner === false)).toBe(true);
    expect(socket.io.engine.transport.name).toBe('polling');
    socket.disconnect();
  });

  it('[CONN1] a dispatcher that polls sees what a driver does on the other transport', async () => {
    const [driver, admin] = [await cluster.addUser('driver'), await cluster.addUser('admin')];
    const dispatcher = await AppClient.open(
      balancer.url,
      '/admin',
      { token: admin.token },
      { transports: ['polling'] },
    );
    // What is in the snapshot is not told again.
    await dispatcher.waitFor('driver:snapshot');
    const device = await cluster.connect(driver, 1);
    await device.ask('driver:status:update', { availabilityStatus: 'AVAILABLE' });
    await dispatcher.waitFor<{ driverId: string }>(
      'driver:availability:update',
      ({ driverId }) => driverId === driver.userId,
    );
    dispatcher.close();
  });

  it('[CONN1] Node clients without polling need no balancer that knows them either', async () => {
    const driver = await cluster.addUser('driver');
    const socket = kept(
      io(`${balancer.url}${Namespace.drivers}`, {
        auth: { token: driver.token },
        transports: ['websocket'],
        forceNew: true,
      }),
    );
    await helloOf(socket);
    expect(await ping(socket, 40.7128)).toMatchObject({ ok: true });
  });
});
