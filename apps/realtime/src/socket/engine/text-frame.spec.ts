import { describe, expect, it } from 'vitest';
import { textFrame } from './text-frame.js';

/** Reads a frame as RFC 6455 has it. */
function read(frame: Buffer) {
  const short = frame[1]!;
  const [start, length] =
    short < 126
      ? [2, short]
      : short === 126
        ? [4, frame.readUInt16BE(2)]
        : [10, Number(frame.readBigUInt64BE(2))];
  return { first: frame[0], length, text: frame.subarray(start).toString() };
}

describe('textFrame', () => {
  it('[ACK1] frames texts of every length, by their bytes and not their characters', () => {
    const texts = ['', 'a', '\u20ac\ud83d\ude95'];
    for (const length of [125, 126, 65_535, 65_536]) texts.push('x'.repeat(length));
    texts.push('\u00e9'.repeat(63), '\u00e9'.repeat(32_768));
    for (const text of texts) {
      const { first, length, text: framed } = read(textFrame(text));
      expect(first).toBe(0x81);
      expect(length).toBe(Buffer.byteLength(text));
      expect(framed).toBe(text);
    }
  });
});
