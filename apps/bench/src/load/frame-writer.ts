const FINAL = 0x80;
const MASKED = 0x80;
const TEXT = 0x1;

/** Clients must mask. One key for all frames is as much work for the server as a new one each. */
export const MASK = Buffer.from([0x5a, 0x3c, 0xa7, 0x91]);

/** A whole frame as a client sends it. */
export function frameOf(payload: Buffer, opcode = TEXT): Buffer {
  const isShort = payload.length < 126;
  const start = isShort ? 6 : 8;
  const frame = Buffer.allocUnsafe(start + payload.length);
  frame[0] = FINAL | opcode;
  if (isShort) {
    frame[1] = MASKED | payload.length;
  } else {
    frame[1] = MASKED | 126;
    frame.writeUInt16BE(payload.length, 2);
  }
  MASK.copy(frame, start - 4);
  for (let i = 0; i < payload.length; i += 1) frame[start + i] = payload[i]! ^ MASK[i & 3]!;
  return frame;
}

/** Where the payload of such a frame starts. */
export function payloadStart(frame: Buffer): number {
  return (frame[1]! & 0x7f) < 126 ? 6 : 8;
}

/** Writes a number over digits of a frame's payload; the number fills them exactly. */
export function overwriteDigits(frame: Buffer, at: number, digits: number, value: number): void {
  const start = payloadStart(frame);
  let rest = value;
  for (let i = at + digits - 1; i >= at; i -= 1) {
    const next = Math.floor(rest / 10);
    frame[start + i] = (48 + (rest - next * 10)) ^ MASK[i & 3]!;
    rest = next;
  }
}
