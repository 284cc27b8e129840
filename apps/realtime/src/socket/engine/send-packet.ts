import { type Socket } from 'socket.io';
import { Encoder, PacketType } from 'socket.io-parser';
import { type Ack } from '#libs/contracts';
import { type AnswerEncoder } from '../request/request-policy.decorator.js';
import { idleSenderOf } from './insides.js';

/** A socket, as far as an answer concerns it. */
interface AckReceiver {
  readonly conn: Socket['conn'];
  readonly nsp: { readonly name: string };
}

/** The type of a message in Engine.IO's protocol. */
const MESSAGE = '4';

let written = 0;

/** Messages that were written to clients since the start of the process. */
export function messagesWritten(): number {
  return written;
}

/** Engine.IO has written messages itself. */
export function noteWritten(messages: number): void {
  written += messages;
}

/** An event for any number of sockets of a namespace, encoded and framed once. */
export interface EncodedEvent {
  packet: string;
  frame: Buffer[];
}

export function encodeEvent(nsp: string, event: string, payload: unknown): EncodedEvent {
  const packet = `${PacketType.EVENT}${nsp},${JSON.stringify([event, payload])}`;
  return { packet, frame: [textFrame(MESSAGE + packet)] };
}

export function sendEncoded(connection: Socket['conn'], { packet, frame }: EncodedEvent): void {
  sendFramed(connection, packet, frame);
}

/** Several events for any number of sockets of a namespace, in order. */
export interface EncodedEvents {
  events: readonly EncodedEvent[];
  /** The frames of all of them. */
  frames: Buffer;
}

export function joinEvents(events: readonly EncodedEvent[]): EncodedEvents {
  return { events, frames: Buffer.concat(events.flatMap(({ frame }) => frame)) };
}

/** Sends all of them in one write. */
export function sendEncodedEvents(
  connection: Socket['conn'],
  { events, frames }: EncodedEvents,
): void {
  const sender = idleSenderOf(connection);
  if (sender && events.length > 0) {
    written += events.length;
    sender.sendFrame([frames]);
  } else for (const event of events) sendEncoded(connection, event);
}

/** Sends a Socket.IO packet that is encoded already, in one write. */
export function sendPacket(connection: Socket['conn'], packet: string): void {
  sendFramed(connection, packet, [textFrame(MESSAGE + packet)]);
}

function sendFramed(connection: Socket['conn'], packet: string, frame: Buffer[]): void {
  const sender = idleSenderOf(connection);
  // Nothing of Engine.IO's waits before it, and its bookkeeping costs more than the packet.
  if (sender) {
    written += 1;
    sender.sendFrame(frame);
  }
  // Transports other than WebSocket take the text and leave the frame alone.
  else connection.write(packet, { compress: false, wsPreEncodedFrame: frame } as object);
}

const encoder = new Encoder();

/** @throws Error for an answer that cannot be encoded */
export function sendAck(
  socket: AckReceiver,
  id: number,
  answer: Ack<unknown>,
  encodeData?: AnswerEncoder,
): void {
  const nsp = socket.nsp.name;
  if (encodeData && answer.ok && answer.data !== undefined) {
    const data = encodeData(answer.data);
    sendPacket(socket.conn, `${PacketType.ACK}${nsp},${id}[{"ok":true,"data":${data}}]`);
    return;
  }
  // Socket.IO looks longer for attachments than the encoding takes.
  if (isPlainData(answer)) {
    sendPacket(socket.conn, `${PacketType.ACK}${nsp},${id}[${JSON.stringify(answer)}]`);
    return;
  }
  const packet = { type: PacketType.ACK, nsp, id, data: [answer] };
  const [head, ...attachments] = encoder.encode(packet) as [string, ...Buffer[]];
  sendPacket(socket.conn, head);
  for (const attachment of attachments) socket.conn.write(attachment);
}

/** FIN and the opcode of text. */
const TEXT = 0x81;
const TWO_BYTES_OF_LENGTH = 126;
const EIGHT_BYTES_OF_LENGTH = 127;

/**
 * A WebSocket text frame, unmasked as servers send it, as one buffer. `ws` would hand the header and
 * the text to the system as two, which costs more than copying a short text.
 */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const start = length < TWO_BYTES_OF_LENGTH ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = TEXT;
  if (start === 2) {
    frame[1] = length;
  } else if (start === 4) {
    frame[1] = TWO_BYTES_OF_LENGTH;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = EIGHT_BYTES_OF_LENGTH;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  // As many bytes as characters: all are ASCII, and need no encoding.
  if (length === text.length) frame.write(text, start, length, 'latin1');
  else frame.write(text, start);
  return frame;
}

/** Our answers are never nested deeper; beyond it Socket.IO's encoder decides. */
const MAX_LEVELS = 64;

/**
 * Whether a value is made of plain objects, arrays and simple values only: nothing of it can be an
 * attachment or encode itself in a way of its own, so that JSON is all that there is to it.
 */
export function isPlainData(value: unknown, levelsLeft = MAX_LEVELS): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function';
  if (levelsLeft === 0) return false;
  if (Array.isArray(value)) {
    for (const each of value) if (!isPlainData(each, levelsLeft - 1)) return false;
    return true;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) {
    if (!isPlainData((value as Record<string, unknown>)[key], levelsLeft - 1)) return false;
  }
  return true;
}
