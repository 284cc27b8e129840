export interface FrameListener {
  onText(bytes: Buffer, start: number, end: number): void;
  onPing(payload: Buffer): void;
  /** The server closes, or sends what this client does not understand. */
  onClose(code: number): void;
}

const PROTOCOL_ERROR = 1002;
const NO_CODE = 1005;

/** Cuts the bytes of a server into WebSocket frames; those are neither masked nor in fragments. */
export class FrameReader {
  private rest: Buffer | undefined;

  constructor(private readonly listener: FrameListener) {}

  read(chunk: Buffer): void {
    const bytes = this.rest ? Buffer.concat([this.rest, chunk]) : chunk;
    const used = this.readFrames(bytes);
    if (used === bytes.length) this.rest = undefined;
    // The chunk's memory belongs to the socket.
    else this.rest = this.rest ? bytes.subarray(used) : Buffer.from(bytes.subarray(used));
  }

  /** @returns how many bytes whole frames took */
  private readFrames(bytes: Buffer): number {
    let at = 0;
    for (;;) {
      if (bytes.length - at < 2) return at;
      let length = bytes[at + 1]!;
      let start = at + 2;
      if (length === 126) {
        if (bytes.length - at < 4) return at;
        length = bytes.readUInt16BE(start);
        start += 2;
      } else if (length === 127) {
        if (bytes.length - at < 10) return at;
        length = Number(bytes.readBigUInt64BE(start));
        start += 8;
      }
      const end = start + length;
      if (end > bytes.length) return at;
      this.take(bytes[at]!, bytes, start, end);
      at = end;
    }
  }

  private take(kind: number, bytes: Buffer, start: number, end: number): void {
    if (kind === 0x81) this.listener.onText(bytes, start, end);
    else if (kind === 0x89) this.listener.onPing(Buffer.from(bytes.subarray(start, end)));
    else if (kind === 0x88)
      this.listener.onClose(end - start >= 2 ? bytes.readUInt16BE(start) : NO_CODE);
    else if (kind !== 0x8a) this.listener.onClose(PROTOCOL_ERROR);
  }
}
