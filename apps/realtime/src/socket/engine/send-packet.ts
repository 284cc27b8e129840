import { type Socket } from 'socket.io';
import { Encoder, PacketType } from 'socket.io-parser';
import { type Ack } from '#libs/contracts';
import { type AnswerEncoder } from '../request/request-policy.decorator.js';
import { idleSenderOf } from './insides.js';
import { isPlainData } from './plain-data.js';
import { textFrame } from './text-frame.js';

/** A socket, as far as an answer concerns it. */
interface AckReceiver {
  readonly conn: Socket['conn'];
  readonly nsp: { readonly name: string };
}

/** The type of a message in Engine.IO's protocol. */
const MESSAGE = '4';

/** Sends a Socket.IO packet that is encoded already, in one write. */
export function sendPacket(connection: Socket['conn'], packet: string): void {
  const frame = [textFrame(MESSAGE + packet)];
  const sender = idleSenderOf(connection);
  // Nothing of Engine.IO's is before it: its books of a packet cost more than the packet.
  if (sender) sender.sendFrame(frame);
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
    const data = encodeData(answer.data as never);
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
