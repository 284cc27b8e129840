import { type RequestError, SessionEvent, type ConnectionClosing } from '#libs/contracts';
import { type RealtimeSocket } from './realtime-socket.js';

/** A client that does not take its last packets within this time loses the connection without them. */
const TERMINATE_AFTER_MS = 1_000;

/** Ends the whole connection for good: the client is told why and does not reconnect by itself. */
export function cutConnection(socket: RealtimeSocket, reason: RequestError): void {
  if (socket.data.connection.closed) return;
  tellClosing(socket, reason);
  socket.disconnect(true);
  terminateUnlessClosed(socket);
}

/** Ends the transport after a notice: a Socket.IO client comes back by itself. */
export function sendAway(socket: RealtimeSocket, reason: RequestError): void {
  if (socket.data.connection.closed) return;
  tellClosing(socket, reason);
  socket.conn.close();
  terminateUnlessClosed(socket);
}

function tellClosing(socket: RealtimeSocket, reason: RequestError): void {
  socket.data.connection.closed = true;
  socket.data.connection.waiting.length = 0;
  const { code, message, retryable, retryAfterMs } = reason.toBody();
  const notice: ConnectionClosing = {
    code,
    message,
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  socket.emit(SessionEvent.connectionClosing, notice as never);
}

/** Engine.IO waits for the buffer to drain before it closes, and a stuck client never drains it. */
function terminateUnlessClosed(socket: RealtimeSocket): void {
  const { conn } = socket;
  const timer = setTimeout(() => {
    if (conn.readyState === 'closed') return;
    const transport = conn.transport as unknown as { socket?: { terminate?: () => void } };
    if (transport.socket?.terminate) transport.socket.terminate();
    else conn.close(true);
  }, TERMINATE_AFTER_MS);
  timer.unref();
}

/** Bytes that wait for the client in the process. */
export function unreadBytes(socket: RealtimeSocket): number {
  const transport = socket.conn.transport as unknown as { socket?: { bufferedAmount?: number } };
  return transport.socket?.bufferedAmount ?? 0;
}
