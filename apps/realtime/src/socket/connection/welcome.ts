import { SessionEvent, type Hello, type Namespace } from '#libs/contracts';
import { type RealtimeSocket } from '../realtime-socket.js';

/** Greets a client that has passed every check. */
export function sayHello(socket: RealtimeSocket, facts: { epoch?: number } = {}): void {
  const { sid, userId, expiresAt } = socket.data.principal;
  const hello: Hello = {
    ok: true,
    nsp: socket.nsp.name as Namespace,
    sid,
    userId,
    expiresAt,
    serverTime: Date.now(),
    ...facts,
  };
  socket.emit(SessionEvent.hello, hello as never);
}
