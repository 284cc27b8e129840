import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Namespace } from '#libs/contracts';
import { BareSocket, until } from '#libs/testing';
import { Admission } from '../src/socket/connection/admission.js';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { TestCluster } from './cluster.js';
import { InstanceProcess } from './instance-process.js';
import { RawClient } from './raw-client.js';

const IDLE = 2_000;
/** A line of its own where a log believes what it is given. */
const LINE = '\r\n{"level":60,"msg":"injected"}\r\n';

describe('connections that no app opens', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({ instances: 1 });
  });
  afterAll(() => cluster.close());

  it('[LIM1] 500 CONNECTs in one write give one socket at most, and end the connection', async () => {
    const user = await cluster.addUser('driver');
    const raw = await RawClient.open(cluster.url(0));
    raw.send(
      ...Array.from({ length: 500 }, () => `40/drivers,${JSON.stringify({ token: user.token })}`),
    );
    await raw.waitUntilClosed();
    const greetings = raw.received.filter((packet) => packet.startsWith('42/drivers,["hello"'));
    expect(greetings.length).toBeLessThanOrEqual(1);
    const registry = cluster.instances[0]!.app.get(ConnectionRegistry);
    await until('it is forgotten', () => registry.ofUser(user.userId).length === 0);
  });

  it('[LIM1] a connection sends next to nothing before it is known whose it is', async () => {
    const [unknown, known] = [
      await RawClient.open(cluster.url(0)),
      await RawClient.open(cluster.url(0)),
    ];
    const { token } = await cluster.addUser('passenger');
    await known.enter(Namespace.passengers, token);
    for (const client of [known, unknown]) client.send(...Array.from({ length: 100 }, () => '3'));
    await unknown.waitUntilClosed();
    known.send('42/passengers,1["nearby:unsubscribe",{}]');
    await known.waitFor((packet) => packet.startsWith('43/passengers,1'));
    known.close();
  });

  it('[LIM1] requests far ahead of their answers end their connection, and others are answered', async () => {
    const { hostname, port } = new URL(cluster.url(0));
    const socket = connect(Number(port), hostname);
    let isClosed = false;
    let answers = 0;
    socket.on('error', () => undefined);
    socket.on('close', () => (isClosed = true));
    socket.on('data', (chunk) => (answers += chunk.toString().split('HTTP/1.1 ').length - 1));
    // As many as Node reads at once, and again until it is noticed.
    const request = 'GET /api/trips/active HTTP/1.1\r\nHost: x\r\n\r\n';
    await until('it is ended', () => {
      if (!isClosed) socket.write(request.repeat(500));
      return isClosed;
    });
    expect(answers).toBeLessThan(500);
    expect((await fetch(`${cluster.url(0)}/health/live`)).status).toBe(200);
  });

  it(`[LIM1] ${IDLE} connections that say nothing, or half of a handshake, keep nobody out`, async () => {
    const { hostname, port } = new URL(cluster.url(0));
    const idle: Socket[] = [];
    let opened = 0;
    for (let i = 0; i < IDLE; i += 1) {
      const socket = connect(Number(port), hostname, () => {
        opened += 1;
        if (i % 2)
          socket.write('GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n');
      });
      socket.on('error', () => undefined);
      idle.push(socket);
    }
    await until('they are open', () => opened === IDLE);
    const driver = await cluster.connect(await cluster.addUser('driver'), 0);
    expect((await driver.request('driver:location:ping', { lat: 41.9, lng: 12.5 })).ok).toBe(true);
    // They count as connections only once they are one.
    expect(cluster.instances[0]!.app.get(Admission).size).toBe(1);
    for (const socket of idle) socket.destroy();
    driver.close();
  });
});

describe('the log of an instance', () => {
  let instance: InstanceProcess;

  afterAll(() => instance?.end('SIGKILL'));

  it('[LOG6] has one line of JSON for whatever clients call themselves and what they ask for, and none of their secrets', async () => {
    const cluster = await TestCluster.start({ instances: 1 });
    const { REDIS_KEY_PREFIX, JWT_ACCESS_SECRET, JWT_REFRESH_SECRET } = cluster.environment;
    instance = new InstanceProcess({
      PORT: '0',
      HOST: '127.0.0.1',
      NODE_ENV: 'test',
      LOG_LEVEL: 'trace',
      REDIS_URL: inject('redisUrl'),
      REDIS_KEY_PREFIX,
      JWT_ACCESS_SECRET: JWT_ACCESS_SECRET!,
      JWT_REFRESH_SECRET: JWT_REFRESH_SECRET!,
    });
    const url = await instance.url();
    const user = await cluster.addUser('driver');
    const client = BareSocket.open(url, Namespace.drivers, { token: user.token, feed: LINE });
    await client.waitFor('hello');
    await client.requestAnything(`driver:nothing${LINE}`, { [LINE]: LINE });
    await client.request('driver:location:ping', { lat: 41.987_654, lng: 12.345_678 });
    await client.request('driver:location:ping', { lat: LINE, lng: LINE });
    const refused = BareSocket.open(url, Namespace.drivers, { token: `secret-token${LINE}` });
    await until('it is refused', () => refused.refusals.length > 0);
    const password = 'a-password-nobody-may-see';
    for (const [path, body] of [
      ['/api/auth/login', { email: `x${LINE}@example.com`, password, appAudience: 'driver_app' }],
      [`/api/trips/${encodeURIComponent(LINE)}`, undefined],
      [`/api/nothing${encodeURIComponent(LINE)}?x=${encodeURIComponent(LINE)}`, undefined],
    ] as const)
      await fetch(`${url}${path}`, {
        method: body ? 'POST' : 'GET',
        headers: {
          authorization: `Bearer ${user.token}`,
          'user-agent': 'x"}{"level":60}',
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    client.close();
    refused.close();
    await instance.end('SIGTERM');
    await cluster.close();
    const lines = instance.output.split('\n').filter((line) => line.trim() !== '');
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) {
      const { level, msg } = JSON.parse(line) as { level: number; msg?: string };
      expect(level, line).toBeLessThan(50);
      expect(msg).not.toBe('injected');
    }
    for (const secret of [user.token, password, 'secret-token', JWT_ACCESS_SECRET!])
      expect(instance.output).not.toContain(secret);
  });
});
