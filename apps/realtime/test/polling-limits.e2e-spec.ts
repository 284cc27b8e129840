import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Namespace } from '#libs/contracts';
import { until } from '#libs/testing';
import { Admission } from '../src/socket/connection/admission.js';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { TestCluster } from './cluster.js';

const SEPARATOR = '\x1e';

describe('what a client that polls may take', () => {
  let cluster: TestCluster;

  const start = async (env: Record<string, string> = {}) => {
    cluster = await TestCluster.start({ instances: 1, env });
  };
  afterEach(() => cluster.close());

  const admission = () => cluster.instances[0]!.app.get(Admission);
  const registry = () => cluster.instances[0]!.app.get(ConnectionRegistry);
  const open = async () => {
    const url = `${cluster.url(0)}/socket.io/?EIO=4&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1)) as { sid: string };
    const session = `${url}&sid=${sid}`;
    return {
      session,
      send: (...packets: string[]) =>
        fetch(session, { method: 'POST', body: packets.join(SEPARATOR) }),
      poll: async () => (await fetch(session)).text(),
    };
  };
  const entered = async () => {
    const user = await cluster.addUser('driver');
    const client = await open();
    await client.send(`40${Namespace.drivers},${JSON.stringify({ token: user.token })}`);
    let received = '';
    await until('it is greeted', async () => {
      received += await client.poll();
      // The last of the welcome: nothing waits for the next poll.
      return received.includes('driver:availability:update');
    });
    return { ...client, user };
  };

  it('[LIM1] one that is in no namespace does not stay', async () => {
    await start({ WS_CONNECT_TIMEOUT: '200ms' });
    await open();
    await until('it is gone', () => admission().size === 0);
  });

  it('[LIM1] packets that nobody asked for end it, however many come in one request', async () => {
    await start({ WS_RATE_PER_SECOND: '10', WS_RATE_BURST: '10' });
    const { send } = await entered();
    await send(...Array.from({ length: 2_000 }, () => '43/drivers,1[1]')).catch(() => undefined);
    await until('it is forgotten', () => registry().size === 0 && admission().size === 0);
  });

  it('[LIM1] so do CONNECTs without end', async () => {
    await start();
    const { send } = await open();
    await send(...Array.from({ length: 20 }, (_, i) => `40/unknown-${i},`)).catch(() => undefined);
    await until('it is gone', () => admission().size === 0);
  });

  it('[AUTH2] one whose session ends is gone, whether it polls or not', async () => {
    await start();
    for (const polls of [true, false]) {
      const { poll, user } = await entered();
      const admin = await cluster.addUser('admin');
      const last = polls ? poll() : undefined;
      await fetch(`${cluster.url(0)}/api/admin/sessions/${user.sid}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${admin.token}` },
      });
      if (last) expect(await last).toContain('auth:session_revoked');
      await until('it is gone', () => registry().size === 0 && admission().size === 0);
    }
  });

  it('[LIM1] one that polls twice at once is closed', async () => {
    await start();
    const { session } = await entered();
    const { host, port, pathname, search } = new URL(session);
    const poll = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const sockets = Array.from({ length: 2 }, () => connect(Number(port), '127.0.0.1'));
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      socket.write(poll);
    }
    // Two polls at once are what no client of Engine.IO does.
    await until('it is gone', () => registry().size === 0 && admission().size === 0);
    for (const socket of sockets) socket.destroy();
  });
});
