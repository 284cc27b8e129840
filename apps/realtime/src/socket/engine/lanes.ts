import { type Socket as NetSocket } from 'node:net';
import { type RealtimeSocket } from '../realtime-socket.js';
import { endStreamsOnce } from './end-once.js';
import { ignoreError } from './first-request.js';
import { openFrameLane } from './frame-lane.js';

type Connection = RealtimeSocket['conn'];

interface Transport {
  name: string;
  /** Of polling: how long it waits for a poll that takes its last packets, ms. */
  closeTimeout?: number;
  /** Of WebSocket. */
  socket?: { _socket?: NetSocket | null };
}

/** As long as a WebSocket that is told to close has before it is terminated. */
const LAST_POLL_MS = 1_000;

/** Gives a connection the lanes of its transport, and those of WebSocket once polling was upgraded. */
export function openLanes(connection: Connection): void {
  const transport = connection.transport as unknown as Transport;
  if (transport.name === 'websocket') {
    openWebSocketLanes(connection, transport);
    return;
  }
  transport.closeTimeout = LAST_POLL_MS;
  connection.once('upgrade', (next: Transport) => openWebSocketLanes(connection, next));
}

function openWebSocketLanes(connection: Connection, { socket }: Transport): void {
  const { _socket: netSocket } = socket ?? {};
  netSocket?.off('error', ignoreError);
  openFrameLane(connection);
  endStreamsOnce(connection);
}
