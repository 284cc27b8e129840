import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Duplex } from 'node:stream';

export interface PrefixProxy {
  url: string;
  close(): Promise<void>;
}

/**
 * Serves a server below a prefix, as deploy/nginx/path-prefix.conf does: takes the prefix off
 * requests and puts it before the paths of cookies. What lies outside is not found.
 */
export async function startPrefixProxy(prefix: string, target: string): Promise<PrefixProxy> {
  const forward = (incoming: IncomingMessage) => {
    const path = incoming.url!.slice(prefix.length);
    const { method, headers } = incoming;
    return request(new URL(path, target), { method, headers });
  };
  const isInside = ({ url }: IncomingMessage) => url?.startsWith(`${prefix}/`) === true;
  const server = createServer((incoming, response) => {
    if (!isInside(incoming)) {
      response.writeHead(404).end();
      return;
    }
    const asked = forward(incoming);
    asked.on('error', () => response.destroy());
    asked.on('response', (answer) => {
      const cookies = answer.headers['set-cookie']?.map((each) =>
        each.replace(/; Path=/i, `; Path=${prefix}`),
      );
      response.writeHead(answer.statusCode!, {
        ...answer.headers,
        ...(cookies ? { 'set-cookie': cookies } : {}),
      });
      answer.pipe(response);
    });
    incoming.pipe(asked);
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!isInside(incoming)) return socket.destroy();
    const asked = forward(incoming);
    asked.on('error', () => socket.destroy());
    asked.on('upgrade', (answer, upstream, upstreamHead) => {
      const lines = Object.entries(answer.headers).map(
        ([name, value]) => `${name}: ${String(value)}`,
      );
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      if (upstreamHead.length > 0) socket.write(upstreamHead);
      if (head.length > 0) upstream.write(head);
      socket.pipe(upstream).pipe(socket);
      for (const each of [socket, upstream]) each.on('error', () => socket.destroy());
    });
    asked.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
