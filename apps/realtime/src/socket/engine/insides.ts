import { type Writable } from 'node:stream';
import { type Socket } from 'socket.io';

/**
 * Every private field of `ws`, Engine.IO and Socket.IO that is read stands in this file. Each
 * is looked for before it is used: where a version has it no more, its lane is off, the packages do
 * the work themselves, and the log says so at the start (fast-lanes.ts).
 */

type Connection = Socket['conn'];

/** A socket, whichever events it has. */
interface AnySocket {
  readonly client: object;
}

/** What `ws` reads the frames of a connection with, and where it is in them. */
export interface Receiver {
  write: (this: Receiver, chunk: Buffer) => boolean;
  /** 0 between two frames. */
  _state: number;
  _bufferedBytes: number;
  /** 0 unless fragments of a message are still to come. */
  _fragmented: number;
  /** Of the last frame. */
  _opcode: number;
  _errored: boolean;
  _maxPayload: number;
}

export interface Sender {
  sendFrame(frame: readonly Buffer[]): void;
}

interface Transport {
  writable?: boolean;
  onPacket?(packet: { type: 'message'; data: string }): void;
  /** Absent where it is no WebSocket. */
  socket?: {
    bufferedAmount?: number;
    _socket?: Writable | null;
    _receiver?: Writable & Partial<Receiver>;
    _sender?: Partial<Sender>;
  };
}

interface ConnectionInsides {
  readyState?: string;
  transport: Transport;
  writeBuffer?: readonly { data?: unknown }[];
}

/** What Socket.IO keeps of a connection. */
export interface ClientInsides<Of extends AnySocket> {
  decoder: object;
  /** The sockets of the connection by namespace: those that have passed authentication. */
  nsps: ReadonlyMap<string, Of>;
}

const NUMBERS = ['_state', '_bufferedBytes', '_fragmented', '_opcode', '_maxPayload'] as const;

function insidesOf(connection: Connection): ConnectionInsides {
  return connection as unknown as ConnectionInsides;
}

/** The reader of a WebSocket and where its messages go; undefined unless all of it is as expected. */
export function readerOf(
  connection: Connection,
): { receiver: Receiver; onMessage: (data: string) => void } | undefined {
  const { transport } = insidesOf(connection);
  const { _receiver: receiver } = transport.socket ?? {};
  if (!receiver || typeof transport.onPacket !== 'function') return undefined;
  const { write, _errored: errored } = receiver;
  if (typeof write !== 'function' || typeof errored !== 'boolean') return undefined;
  if (NUMBERS.some((name) => typeof receiver[name] !== 'number')) return undefined;
  return {
    receiver: receiver as unknown as Receiver,
    onMessage: (data) => transport.onPacket!({ type: 'message', data }),
  };
}

/** The writer of a WebSocket that has nothing of Engine.IO's to send first. */
export function idleSenderOf(connection: Connection): Sender | undefined {
  const { readyState, transport, writeBuffer } = insidesOf(connection);
  if (readyState !== 'open' || transport.writable !== true) return undefined;
  if (writeBuffer?.length !== 0) return undefined;
  const { _sender: sender } = transport.socket ?? {};
  return typeof sender?.sendFrame === 'function' ? (sender as Sender) : undefined;
}

/** Both streams of a WebSocket: that of the network, and that which reads frames. */
export function streamsOf(connection: Connection): Writable[] {
  const { _socket: network, _receiver: receiver } = insidesOf(connection).transport.socket ?? {};
  return [network, receiver].filter((stream) => typeof stream?.end === 'function') as Writable[];
}

export function clientOf<Of extends AnySocket>(socket: Of): ClientInsides<Of> | undefined {
  const { decoder, nsps } = socket.client as Partial<ClientInsides<Of>>;
  return typeof decoder === 'object' && nsps instanceof Map ? { decoder, nsps } : undefined;
}

/** The sockets, one a namespace, that share the connection: what ends one ends them all. */
export function socketsOnConnectionOf<Of extends AnySocket>(socket: Of): Of[] {
  const { sockets } = socket.client as { sockets?: Map<string, Of> };
  return sockets instanceof Map ? [...sockets.values()] : [socket];
}

/**
 * Bytes that wait for the client in the process. The WebSocket holds what it was handed; while it
 * is stuck, Engine.IO hands it nothing more and gathers the rest itself.
 */
export function unreadBytes(socket: { readonly conn: Connection }): number {
  const { transport, writeBuffer = [] } = insidesOf(socket.conn);
  let bytes = transport.socket?.bufferedAmount ?? 0;
  for (const { data } of writeBuffer) {
    if (typeof data === 'string') bytes += data.length;
    else if (ArrayBuffer.isView(data)) bytes += data.byteLength;
  }
  return bytes;
}
