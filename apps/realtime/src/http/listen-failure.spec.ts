import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { listenFailure } from './listen-failure.js';

const variables = { host: 'HOST', port: 'PORT' };

/** What comes of listening there. */
async function messageAt(host: string, port: number): Promise<string> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
    return 'it listens';
  } catch (error) {
    return (listenFailure(error, { host, port, variables }) as Error).message;
  } finally {
    server.close();
  }
}

it('[CONF1] an address that cannot be listened on is said with the variable to change', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  expect(await messageAt('127.0.0.1', port)).toBe(
    `PORT: another program listens on 127.0.0.1:${port}. End it, or choose another port.`,
  );
  other.close();
  // An address for examples only, which no machine has.
  expect(await messageAt('203.0.113.1', 0)).toMatch(/^HOST: 203\.0\.113\.1 is no address of this/);
  const odd = new Error('something else');
  expect(listenFailure(odd, { host: 'a', port: 1, variables })).toBe(odd);
});
