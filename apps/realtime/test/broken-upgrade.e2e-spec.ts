import { once } from 'node:events';
import { type Server } from 'node:http';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestCluster } from './cluster.js';

const head = (...lines: string[]) => [...lines, '', ''].join('\r\n');
const path = '/socket.io/?EIO=4&transport=websocket';
/** The answer to the first is written, and fails, in the turn that begins the upgrade of the second. */
const upgradeBehindExpectation =
  head(`GET ${path} HTTP/1.1`, 'Host: test', 'Expect: 100-continue') +
  head(
    `GET ${path} HTTP/1.1`,
    'Host: test',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  );

describe('connections that break while they are upgraded', () => {
  let cluster: TestCluster;
  const unheard: Error[] = [];
  const note = (error: Error) => void unheard.push(error);

  beforeAll(async () => {
    cluster = await TestCluster.start({ instances: 1 });
    process.on('uncaughtExceptionMonitor', note);
  });
  afterAll(async () => {
    process.off('uncaughtExceptionMonitor', note);
    await cluster.close();
  });

  it('[AUTH1] nobody without a token ends the process', async () => {
    const server = cluster.instances[0]!.app.getHttpServer() as Server;
    const { port } = new URL(cluster.url(0));
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const accepted = once(server, 'connection');
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      await Promise.all([accepted, once(socket, 'connect')]);
      await nextTurn();
      socket.write(upgradeBehindExpectation);
      socket.resetAndDestroy();
    }
    await cluster.connect(await cluster.addUser('driver'), 0);
    expect(unheard).toEqual([]);
  });
});
