import { createServer } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import { type FixInput } from '#libs/contracts';
import { announce } from './announce.js';
import { locationUpdate, storedAck } from './position-answer.js';

/** The ceiling: WebSocket and JSON, nothing else. The frames look like Socket.IO's. */
const httpServer = createServer();
const webSockets = new WebSocketServer({ server: httpServer, perMessageDeflate: false });
const dispatchers = new Set<WebSocket>();
const PREFIX = '42/drivers,';

webSockets.on('connection', (socket, request) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'ws://localhost');
  if (pathname === '/admin') {
    dispatchers.add(socket);
    socket.on('close', () => dispatchers.delete(socket));
    return;
  }
  const driverId = searchParams.get('driverId') ?? '';
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    const bracket = text.indexOf('[');
    const [, fix] = JSON.parse(text.slice(bracket)) as [string, FixInput];
    const id = text.slice(PREFIX.length, bracket);
    socket.send(`43/drivers,${id}${JSON.stringify([storedAck(fix)])}`);
    if (dispatchers.size === 0) return;
    const update = JSON.stringify(['driver:location:update', locationUpdate(driverId, fix)]);
    for (const dispatcher of dispatchers) dispatcher.send(`42/admin,${update}`);
  });
});

await announce(httpServer);
