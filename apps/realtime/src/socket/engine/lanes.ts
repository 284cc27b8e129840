import { type EventEmitter } from 'node:events';
import { type Socket as NetSocket } from 'node:net';
import { type Writable } from 'node:stream';
import { type RealtimeSocket } from '../realtime-socket.js';
import { ignoreError } from './first-request.js';
import { openFrameLane } from './frame-lane.js';
import { streamsOf } from './insides.js';

type Connection = RealtimeSocket['conn'];

interface Transport {
  name: string;
  /** Of polling: how long it waits for a poll that takes its last packets, ms. */
  closeTimeout?: number;
  /** Of WebSocket. */
  socket?: { _socket?: NetSocket | null };
}

/** As long as a WebSocket has between close and terminate. */
const LAST_POLL_MS = 1_000;

/** Gives a connection the lanes of its transport, and those of WebSocket once polling was upgraded. */
export function openLanes(connection: Connection): void {
  const transport = connection.transport as unknown as Transport;
  if (transport.name === 'websocket') {
    openWebSocketLanes(connection, transport);
    return;
  }
  transport.closeTimeout = LAST_POLL_MS;
  connection.on('upgrading', (next: Transport & EventEmitter) => endIfCutOff(connection, next));
  connection.once('upgrade', (next: Transport) => openWebSocketLanes(connection, next));
}

/**
 * A client that was told to change to its WebSocket polls no more, even when that breaks before it has
 * changed: Socket.IO's own neither sends nor hears anything until it misses a ping. A WebSocket that
 * another instance relays can break so at any time. The poll that is open still tells the client to
 * begin anew.
 */
function endIfCutOff(connection: Connection, next: EventEmitter): void {
  for (const event of ['error', 'close']) {
    // Before Engine.IO's listener, which ends the upgrade; closing waits until all have heard it.
    next.prependOnceListener(event, () => {
      if ((connection as { upgrading?: boolean }).upgrading)
        queueMicrotask(() => connection.close(true));
    });
  }
}

function openWebSocketLanes(connection: Connection, { socket }: Transport): void {
  const { _socket: netSocket } = socket ?? {};
  netSocket?.off('error', ignoreError);
  openFrameLane(connection);
  endStreamsOnce(connection);
}

/**
 * `ws` ends both its streams again when a connection has closed, and for each stream that has
 * finished Node makes an error with a stack that nobody gets: 80 us a connection for nothing.
 */
export function endStreamsOnce(connection: RealtimeSocket['conn']): void {
  for (const stream of streamsOf(connection)) stream.end = endUnlessEnded;
}

/** One function for all streams: a closure each would be memory. */
function endUnlessEnded(this: Writable, ...last: unknown[]): Writable {
  // A caller with a last chunk or a callback gets the error as usual.
  if (this.writableEnded && last.length === 0) return this;
  const { end } = Object.getPrototypeOf(this) as { end: (...last: unknown[]) => Writable };
  return end.apply(this, last);
}
