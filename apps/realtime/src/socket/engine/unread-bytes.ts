import { type RealtimeSocket } from '../realtime-socket.js';

interface Connection {
  transport: { socket?: { bufferedAmount?: number } };
  writeBuffer?: readonly { data?: unknown }[];
}

/**
 * Bytes that wait for the client in the process. The WebSocket holds what it was handed; while it
 * is stuck, Engine.IO hands it nothing more and gathers the rest itself.
 */
export function unreadBytes(socket: RealtimeSocket): number {
  const { transport, writeBuffer = [] } = socket.conn as unknown as Connection;
  let bytes = transport.socket?.bufferedAmount ?? 0;
  for (const { data } of writeBuffer) {
    if (typeof data === 'string') bytes += data.length;
    else if (ArrayBuffer.isView(data)) bytes += data.byteLength;
  }
  return bytes;
}
