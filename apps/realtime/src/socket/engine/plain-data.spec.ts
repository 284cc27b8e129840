import { describe, expect, it } from 'vitest';
import { isPlainData } from './plain-data.js';

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
