import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { FrameReader } from './frame-reader.js';
import { frameOf } from './frame-writer.js';

export interface WebSocketListener {
  onOpen(): void;
  /** The text lies in `bytes` from `start` to `end` during the call only. */
  onText(bytes: Buffer, start: number, end: number): void;
  /** Called once, also when the connection never opened. */
  onClose(reason: string): void;
}

export interface Address {
  port: number;
  path: string;
}

const READ_BYTES = 64 * 1024;
/** All sockets of the process read one after the other into the same memory. */
const readBuffer = Buffer.allocUnsafe(READ_BYTES);
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * A WebSocket client that costs next to nothing: no events, no streams, no copies. A load generator
 * made of full clients would be measured instead of the server.
 */
export class WebSocket {
  bytesIn = 0;
  bytesOut = 0;
  private readonly socket: Socket;
  private readonly frames: FrameReader;
  private head: Buffer | undefined = Buffer.alloc(0);
  private closed = false;
  private failure = '';

  constructor(
    { port, path }: Address,
    private readonly listener: WebSocketListener,
  ) {
    this.frames = new FrameReader({
      onText: (bytes, start, end) => listener.onText(bytes, start, end),
      onPing: (payload) => this.write(frameOf(payload, 0xa)),
      onClose: (code) => this.fail(`closed by the server with ${code}`),
    });
    this.socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (count) => this.read(readBuffer.subarray(0, count)),
      },
    });
    this.socket.on('connect', () => this.write(Buffer.from(upgradeRequest(port, path))));
    this.socket.on('error', (error) => (this.failure ||= error.message));
    this.socket.on('end', () => (this.failure ||= 'ended by the server'));
    this.socket.on('close', () => this.tellClosed());
  }

  /** Welcomed as a WebSocket, and neither closed nor about to be. */
  get isOpen(): boolean {
    return this.head === undefined && this.failure === '';
  }

  /** True while the kernel has not taken everything yet: what was written must not be changed. */
  get isBehind(): boolean {
    return this.socket.writableLength > 0;
  }

  sendText(text: string): void {
    this.write(frameOf(Buffer.from(text)));
  }

  /** Sends a whole frame; the caller may reuse its memory unless `isBehind`. */
  write(frame: Buffer): void {
    if (this.closed) return;
    this.bytesOut += frame.length;
    this.socket.write(frame);
  }

  /** @param hard without the closing handshake, so that no address stays occupied for a minute */
  close(hard = false): void {
    this.failure ||= 'closed by the client';
    if (hard) this.socket.resetAndDestroy();
    else this.socket.end(frameOf(Buffer.from([0x03, 0xe8]), 0x8));
  }

  private read(chunk: Buffer): boolean {
    this.bytesIn += chunk.length;
    if (this.head === undefined) this.frames.read(chunk);
    else this.readHead(Buffer.concat([this.head, chunk]));
    return !this.closed;
  }

  private readHead(bytes: Buffer): void {
    const end = bytes.indexOf(END_OF_HEAD);
    this.head = bytes;
    if (end === -1) return;
    const status = bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
    if (!status.includes(' 101 ')) {
      this.fail(`refused: ${status} ${bytes.toString('utf8', end + 4)}`);
      return;
    }
    this.head = undefined;
    this.listener.onOpen();
    const rest = bytes.subarray(end + END_OF_HEAD.length);
    if (rest.length > 0) this.frames.read(rest);
  }

  private fail(reason: string): void {
    this.failure ||= reason;
    this.socket.destroy();
  }

  private tellClosed(): void {
    if (this.closed) return;
    this.closed = true;
    this.listener.onClose(this.failure || 'closed');
  }
}

function upgradeRequest(port: number, path: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    '\r\n',
  ].join('\r\n');
}
