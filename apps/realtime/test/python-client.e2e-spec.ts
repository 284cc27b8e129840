import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBalancer, type Balancer } from '#libs/testing';
import { findPythonWithSocketIo, type Python } from '../../../scripts/python.mjs';
import { TestCluster } from './cluster.js';

const DRIVER = path.join(import.meta.dirname, 'python-driver.py');
const PREPARE_TIMEOUT_MS = 180_000;
const run = promisify(execFile);

describe('a Socket.IO client that is not ours and not JavaScript', () => {
  let python: Python;
  let cluster: TestCluster;
  let balancer: Balancer;

  beforeAll(async () => {
    python = await findPythonWithSocketIo();
    cluster = await TestCluster.start();
    balancer = await startBalancer(() => cluster.instances.map(({ url }) => url));
  }, PREPARE_TIMEOUT_MS);
  afterAll(async () => {
    await balancer.close();
    await cluster.close();
  });

  const drive = async (token: string, transports: string): Promise<unknown> => {
    const args = [DRIVER, balancer.url, token, transports];
    const { stdout } = await run(python.program, args, { env: python.env });
    return JSON.parse(stdout);
  };

  it('[CONN1] python-socketio rides by default, by polling alone and by WebSocket alone', async () => {
    for (const [transports, transport] of [
      ['polling,websocket', 'websocket'],
      ['polling', 'polling'],
      ['websocket', 'websocket'],
    ] as const) {
      const driver = await cluster.addUser('driver');
      expect(await drive(driver.token, transports)).toMatchObject({
        refused: null,
        hello: { ok: true, nsp: '/drivers', userId: driver.userId },
        acks: Array.from({ length: 5 }, () => expect.objectContaining({ ok: true })),
        transport,
      });
    }
  });
});
