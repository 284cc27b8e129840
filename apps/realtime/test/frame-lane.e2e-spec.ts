import { type Socket } from 'socket.io';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sendAck } from '../src/socket/engine/send-packet.js';
import { SocketServer } from '../src/socket/engine/socket-server.js';
import { type RealtimeSocket } from '../src/socket/realtime-socket.js';
import { TestCluster } from './cluster.js';
import { RawClient } from './raw-client.js';
import { TrialModule } from './trial.gateway.js';

const echo = (id: number, text: string) => `42/passengers,${id}["trial:echo","${text}"]`;

/** What `ws` and Engine.IO do beside the lane. */
interface Connection {
  transport: { writable: boolean; socket: { _receiver: NodeJS.EventEmitter } };
  on(event: 'packetCreate', listener: (packet: { data?: string }) => void): void;
}

describe('the lane for frames', () => {
  let cluster: TestCluster;
  let raw: RawClient;
  let socket: RealtimeSocket;

  beforeAll(async () => {
    cluster = await TestCluster.start({ instances: 1, extraModules: [TrialModule] });
  });
  afterAll(() => cluster.close());
  beforeEach(async () => {
    const user = await cluster.addUser('passenger');
    raw = await RawClient.open(cluster.url(0));
    await raw.enter('/passengers', user.token);
    raw.send(echo(0, 'welcomed'));
    await answer(0);
    const server = cluster.instances[0]!.app.get(SocketServer, { strict: false });
    const { sockets } = server.namespace('/passengers');
    socket = [...sockets.values()].find(({ data }) => data.principal.userId === user.userId)!;
  });

  const answer = (id: number) => raw.waitFor((packet) => packet.startsWith(`43/passengers,${id}[`));
  const connection = () => socket.conn as unknown as Connection;

  it('[ORD1] is the way of a request that comes whole, and of its answer', async () => {
    const readByStream: string[] = [];
    const sentByEngine: string[] = [];
    const { _receiver: stream } = connection().transport.socket;
    stream.on('message', (data: Buffer) => readByStream.push(data.toString()));
    connection().on('packetCreate', ({ data }) => sentByEngine.push(data ?? ''));
    raw.send(echo(1, 'whole'));
    expect(await answer(1)).toContain('whole');
    expect(readByStream).toEqual([]);
    expect(sentByEngine).toEqual([]);
    // Two in one piece are read by the stream.
    raw.send(echo(2, 'one'), echo(3, 'another'));
    expect(await answer(3)).toContain('another');
    expect(readByStream).toEqual([echo(2, 'one'), echo(3, 'another')]);
    raw.close();
  });

  it('[ORD1] answers and facts keep their order while the client reads nothing', async () => {
    const padding = 'x'.repeat(20_000);
    const count = 400;
    // An event of no contract.
    const untyped = socket as unknown as Socket;
    raw.pause();
    let wasStuck = false;
    for (let i = 1; i <= count; i += 1) {
      untyped.emit('numbered', i, padding);
      sendAck(socket, i, { ok: true });
      wasStuck ||= !connection().transport.writable;
      if (i % 20 === 0) await new Promise(setImmediate);
    }
    expect(wasStuck).toBe(true);
    raw.resume();
    await answer(count);
    const order = raw.received
      .map((packet) => /^42\/passengers,\["numbered",(\d+)|^43\/passengers,(\d+)/.exec(packet))
      .flatMap((match) => (match ? [match[1] ? `fact ${match[1]}` : `ack ${match[2]}`] : []));
    const expected = Array.from({ length: count }, (_, i) => [`fact ${i + 1}`, `ack ${i + 1}`]);
    expect(order).toEqual(['ack 0', ...expected.flat()]);
    raw.close();
  });
});
