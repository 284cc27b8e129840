import { type RealtimeSocket } from '../realtime-socket.js';

type Connection = RealtimeSocket['conn'];

interface WebSocketLike {
  readyState: number;
  CLOSED: number;
  terminate: () => void;
}

/** A client that does not take its last packets within this time loses the connection without them. */
export const TERMINATE_AFTER_MS = 1_000;

function webSocketOf(connection: Connection): WebSocketLike | undefined {
  return (connection.transport as unknown as { socket?: WebSocketLike }).socket;
}

/** Ends a connection at once: nothing more of it is read, and what waits for it is dropped. */
export function terminate(connection: Connection): void {
  const webSocket = webSocketOf(connection);
  connection.close(true);
  webSocket?.terminate();
}

/**
 * For a connection that was asked to close. A stuck client drains no buffer and answers no close
 * frame: Engine.IO waits for the first without end.
 */
export function terminateUnlessClosed(connection: Connection): void {
  const webSocket = webSocketOf(connection);
  const timer = setTimeout(() => {
    if (webSocket && webSocket.readyState !== webSocket.CLOSED) webSocket.terminate();
    else if (connection.readyState !== 'closed') connection.close(true);
  }, TERMINATE_AFTER_MS);
  timer.unref();
}
