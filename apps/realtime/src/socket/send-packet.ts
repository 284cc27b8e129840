import { Encoder, PacketType } from 'socket.io-parser';
import { isPlainData } from './plain-data.js';
import { type RealtimeSocket } from './realtime-socket.js';
import { textFrame } from './text-frame.js';

/** The type of a message in Engine.IO's protocol. */
const MESSAGE = '4';

/** Sends a Socket.IO packet that is encoded already, in one write. */
export function sendPacket(connection: RealtimeSocket['conn'], packet: string): void {
  // Transports other than WebSocket take the text and leave the frame alone.
  const options = { compress: false, wsPreEncodedFrame: [textFrame(MESSAGE + packet)] };
  connection.write(packet, options);
}

const encoder = new Encoder();

/** @throws Error for an answer that cannot be encoded */
export function sendAck(socket: RealtimeSocket, id: number, answer: unknown): void {
  const nsp = socket.nsp.name;
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
