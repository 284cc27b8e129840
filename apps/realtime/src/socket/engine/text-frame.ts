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
  frame.write(text, start);
  return frame;
}
