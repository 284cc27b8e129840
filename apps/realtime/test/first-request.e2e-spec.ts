import { type Server } from 'node:http';
import { type Socket as NetSocket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BareSocket, until } from '#libs/testing';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { TestCluster } from './cluster.js';

/** Objects are only found dead by a collection. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

describe('what a connection keeps', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({ instances: 1 });
  });
  afterAll(() => cluster.close());

  it('[MEM1] nothing of the request that opened it, headers included', async () => {
    const requests: WeakRef<object>[] = [];
    const server = cluster.instances[0]!.app.getHttpServer() as Server;
    server.on('upgrade', (request) => requests.push(new WeakRef(request)));
    const client = await cluster.connect(await cluster.addUser('driver'), 0);
    expect(requests).toHaveLength(1);
    const collect = collector();
    await until('the request is gone', () => {
      collect();
      return requests[0]!.deref() === undefined;
    });
    expect(client.isConnected).toBe(true);
  });

  it('[MEM1] nothing of the requests of a client that began with polling, and the lanes of all others', async () => {
    const requests: WeakRef<object>[] = [];
    const { app, url } = cluster.instances[0]!;
    const server = app.getHttpServer() as Server;
    for (const event of ['request', 'upgrade'])
      server.prependListener(event, (request: object) => requests.push(new WeakRef(request)));
    const driver = await cluster.addUser('driver');
    const socket = io(`${url}/drivers`, { auth: { token: driver.token }, forceNew: true });
    const client = new BareSocket(socket);
    await client.waitFor('hello');
    await until('it is upgraded', () => socket.io.engine.transport.name === 'websocket');
    expect(await client.request('driver:location:ping', { lat: 41.9, lng: 12.5 })).toMatchObject({
      ok: true,
    });
    const { conn } = app.get(ConnectionRegistry).ofUser(driver.userId)[0]!;
    const { _receiver: receiver, _socket: stream } = (
      conn.transport as unknown as { socket: { _receiver: object; _socket: NetSocket } }
    ).socket;
    expect(Object.hasOwn(receiver, 'write')).toBe(true);
    expect(Object.hasOwn(receiver, 'end')).toBe(true);
    expect(Object.hasOwn(stream, 'end')).toBe(true);
    expect(requests.length).toBeGreaterThanOrEqual(3);
    const collect = collector();
    await until('the requests are gone', () => {
      collect();
      return requests.every((request) => request.deref() === undefined);
    });
    expect(socket.connected).toBe(true);
    client.close();
  });
});
