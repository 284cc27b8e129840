import { describe, expect, it } from 'vitest';
import { textFrame, isPlainData } from './send-packet.js';

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

describe(isPlainData.name, () => {
  it('[ACK1] what Socket.IO would send as an attachment, or by a toJSON, is not plain, however deep', () => {
    class Answer {
      ok = true;
    }
    const odd = [
      Buffer.from('abc'),
      new Uint8Array(2),
      new ArrayBuffer(2),
      new Blob(['abc']),
      new Date(0),
      new Map(),
      new Answer(),
      Object.create(null),
      { toJSON: () => Buffer.from('abc') },
    ];
    for (const value of odd) {
      expect(isPlainData(value)).toBe(false);
      expect(isPlainData({ ok: true, data: [{ value }] })).toBe(false);
    }
  });

  it('[ACK1] objects, arrays and simple values are plain', () => {
    const data = { results: [{ verdict: 'stored', sequence: 1 }, null], none: undefined };
    expect(isPlainData({ ok: true, data })).toBe(true);
  });
});
