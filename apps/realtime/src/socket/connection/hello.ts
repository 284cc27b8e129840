import { type Hello, type Namespace } from '#libs/contracts';
import { type RealtimeSocket } from '../realtime-socket.js';
import { sendSessionFact } from '../sending/send-fact.js';

/** Greets a client that has passed every check. */
export function sayHello(socket: RealtimeSocket, facts: { epoch?: number } = {}): void {
  const { sid, userId, expiresAt } = socket.data.principal;
  const { ignored } = socket.data.connection.options;
  const hello: Hello = {
    ok: true,
    nsp: socket.nsp.name as Namespace,
    sid,
    userId,
    expiresAt,
    serverTime: Date.now(),
    ...facts,
    ...(ignored.length > 0 ? { ignored } : {}),
  };
  sendSessionFact(socket, 'hello', hello);
}
