import { isUtf8 } from 'node:buffer';
import { type RealtimeSocket } from '../realtime-socket.js';
import { readerOf, type Receiver } from './insides.js';

/** FIN and the opcode of text. */
const WHOLE_TEXT = 0x81;
const MASKED = 0x80;
const CLOSE = 0x08;
const TWO_BYTES_OF_LENGTH = 126;
const EIGHT_BYTES_OF_LENGTH = 127;
const MASK_LENGTH = 4;
/** '4', the type of a message in Engine.IO's protocol. */
const MESSAGE = 0x34;
const FIRST_NOT_ASCII = 0x80;

/**
 * A lane for what nearly all frames of clients are: a whole message that came in one piece. It goes
 * to Engine.IO past the stream of `ws`, whose buffers and ticks cost more than reading it. Every
 * other frame, malformed ones too, and everything while one is incomplete, is left to `ws`.
 */
export function openFrameLane(connection: RealtimeSocket['conn']): void {
  const reader = readerOf(connection);
  if (!reader) return;
  const { receiver, onMessage } = reader;
  const { write, _maxPayload: maxPayloadBytes } = receiver;
  receiver.write = (chunk) => {
    const data = isBetweenMessages(receiver) ? messageIn(chunk, maxPayloadBytes) : undefined;
    if (data === undefined) return write.call(receiver, chunk);
    onMessage(data);
    return true;
  };
}

function isBetweenMessages({
  _state: state,
  _bufferedBytes: bufferedBytes,
  _fragmented: fragmented,
  _opcode: opcode,
  _errored: errored,
}: Receiver): boolean {
  // Behind the closing frame, and behind an error, `ws` reads nothing.
  return state === 0 && bufferedBytes === 0 && fragmented === 0 && opcode !== CLOSE && !errored;
}

/**
 * The message of Engine.IO that a chunk is the one frame of.
 * @returns undefined, with the chunk as it was, for anything else
 */
export function messageIn(chunk: Buffer, maxPayloadBytes: number): string | undefined {
  if (chunk.length < 2 || chunk[0] !== WHOLE_TEXT || chunk[1]! < MASKED) return undefined;
  let length = chunk[1]! - MASKED;
  let maskStart = 2;
  if (length === EIGHT_BYTES_OF_LENGTH) return undefined;
  if (length === TWO_BYTES_OF_LENGTH) {
    if (chunk.length < 4) return undefined;
    length = chunk.readUInt16BE(2);
    maskStart = 4;
  }
  const start = maskStart + MASK_LENGTH;
  // An empty message has no content at all for Engine.IO, which is not the same as an empty text.
  if (length < 2 || chunk.length !== start + length) return undefined;
  // False as well when there is no limit to compare with.
  if (!(length <= maxPayloadBytes)) return undefined;
  if ((chunk[start]! ^ chunk[maskStart]!) !== MESSAGE) return undefined;
  const allBits = unmask(chunk, maskStart);
  const textStart = start + 1;
  if (allBits < FIRST_NOT_ASCII) return chunk.toString('latin1', textStart);
  if (isUtf8(chunk.subarray(textStart))) return chunk.toString('utf8', textStart);
  // Masks it again: `ws` says what is wrong with it.
  unmask(chunk, maskStart);
  return undefined;
}

/** @returns all bits that are set in any byte of the payload */
function unmask(chunk: Buffer, maskStart: number): number {
  const start = maskStart + MASK_LENGTH;
  let bits = 0;
  for (let at = start; at < chunk.length; at += 1) {
    // The payload begins a multiple of four behind the mask.
    const byte = chunk[at]! ^ chunk[maskStart + ((at - start) & 3)]!;
    chunk[at] = byte;
    bits |= byte;
  }
  return bits;
}
