import { once } from 'node:events';
import { createServer, request as sendRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';

/** A load balancer without stickiness, as most are by default, but without mercy. */
export interface Balancer {
  readonly url: string;
  /** Where each request went: the index of the instance, and whether it had opened the session. */
  readonly sent: readonly { to: number; isOwner: boolean | undefined }[];
  close(): Promise<void>;
}

const SESSION_OPENED = /"sid":"([^"]+)"/;

/**
 * Sends each request of a session to another instance than the one before, and its WebSocket to one
 * that it does not live on; a session begins with each instance in turn.
 * @param instances their URLs, asked anew for each request
 */
export async function startBalancer(instances: () => readonly string[]): Promise<Balancer> {
  const owners = new Map<string, number>();
  const lastOf = new Map<string, number>();
  const sent: { to: number; isOwner: boolean | undefined }[] = [];
  const sockets = new Set<Socket>();
  let handshakes = 0;

  const choose = ({ url = '', headers }: IncomingMessage) => {
    const sid = new URL(url, 'http://balancer').searchParams.get('sid');
    const count = instances().length;
    const before = (headers.upgrade ? owners : lastOf).get(sid ?? '') ?? 0;
    const to = sid === null ? handshakes++ % count : (before + 1) % count;
    if (sid !== null) lastOf.set(sid, to);
    sent.push({ to, isOwner: sid === null ? undefined : owners.get(sid) === to });
    return { to, target: new URL(instances()[to]!) };
  };
  const headersOf = ({ headers, socket }: IncomingMessage) => ({
    ...headers,
    'x-forwarded-for': [headers['x-forwarded-for'], socket.remoteAddress]
      .filter(Boolean)
      .join(', '),
  });

  const server = createServer((request, response) => {
    const { to, target } = choose(request);
    const outgoing = sendRequest({
      host: target.hostname,
      port: target.port,
      method: request.method,
      path: request.url,
      headers: headersOf(request),
    });
    outgoing.once('response', (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.on('data', (chunk: Buffer) => {
        const opened = SESSION_OPENED.exec(chunk.toString())?.[1];
        if (opened !== undefined && !owners.has(opened)) {
          owners.set(opened, to);
          lastOf.set(opened, to);
        }
      });
      answer.pipe(response);
      answer.once('error', () => response.destroy());
    });
    outgoing.once('error', () => {
      if (!response.headersSent) response.writeHead(502);
      response.end();
    });
    response.once('close', () => outgoing.destroy());
    request.pipe(outgoing);
  });
  server.on('upgrade', (request, client: Socket, head: Buffer) => {
    const { target } = choose(request);
    const outgoing = sendRequest({
      host: target.hostname,
      port: target.port,
      path: request.url,
      headers: headersOf(request),
      agent: false,
    });
    client.on('error', () => outgoing.destroy());
    const answer = (response: IncomingMessage) => {
      client.write(`HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\n`);
      for (let at = 0; at < response.rawHeaders.length; at += 2)
        client.write(`${response.rawHeaders[at]}: ${response.rawHeaders[at + 1]}\r\n`);
      client.write('\r\n');
    };
    outgoing.once('upgrade', (response, owner: Socket, first) => {
      answer(response);
      client.write(first);
      owner.write(head);
      owner.on('error', () => client.destroy());
      owner.once('close', () => client.destroy());
      client.once('close', () => owner.destroy());
      client.pipe(owner).pipe(client);
    });
    outgoing.once('response', (response) => {
      answer(response);
      response.pipe(client);
    });
    outgoing.once('error', () => client.destroy());
    outgoing.end();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
