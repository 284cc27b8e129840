import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { until } from '#libs/testing';

/** A WebSocket by hand: what no Socket.IO client would do, e.g. packets in one write, or not reading. */
export class RawClient {
  /** Engine.IO packets as text, e.g. `40/drivers,{"sid":"..."}`. */
  readonly received: string[] = [];
  /** The answer to the handshake: the head, and when it was refused the body as well. */
  handshake = '';
  isClosed = false;
  /** Answers to pings of WebSocket. */
  pongs = 0;
  private buffer = Buffer.alloc(0);

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('close', () => (this.isClosed = true));
    socket.on('error', () => undefined);
  }

  /**
   * @param headers of the handshake, e.g. `Origin`
   * @param query behind the usual one, e.g. `&sid=` of a session that polls
   */
  static async open(
    url: string,
    headers: Record<string, string> = {},
    query = '',
  ): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const client = new RawClient(connect(Number(port), hostname));
    const lines = Object.entries({
      Host: `${hostname}:${port}`,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      'Sec-WebSocket-Version': '13',
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    client.socket.write(
      `GET /socket.io/?EIO=4&transport=websocket${query} HTTP/1.1\r\n${lines.join('')}\r\n`,
    );
    await until(
      'the handshake is answered',
      () => client.handshake.includes(' 101 ') || client.isClosed,
    );
    return client;
  }

  /** Sends all packets in one write; a buffer is an attachment. */
  send(...packets: (string | Buffer)[]): void {
    this.socket.write(Buffer.concat(packets.map(toFrame)));
  }

  /** Sends frames of any kind in one write. */
  sendFrames(...frames: RawFrame[]): void {
    this.socket.write(Buffer.concat(frames.map(({ first, payload }) => rawFrame(first, payload))));
  }

  /** Bytes that are no frame, or not a whole one. */
  sendBytes(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Connects to a namespace and waits for the welcome. */
  async enter(namespace: string, token: string): Promise<void> {
    this.send(`40${namespace},${JSON.stringify({ token })}`);
    await this.waitFor((packet) => packet.startsWith(`42${namespace},["hello"`));
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  async waitFor(fits: (packet: string) => boolean): Promise<string> {
    await until('the packet comes', () => this.received.some(fits));
    return this.received.find(fits)!;
  }

  async waitUntilClosed(): Promise<void> {
    await until('the server closes the connection', () => this.isClosed);
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, chunk]);
    if (!this.handshake.includes(' 101 ')) {
      const end = this.buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.handshake = this.buffer.toString();
      if (!this.handshake.includes(' 101 ')) return;
      this.handshake = this.buffer.subarray(0, end).toString();
      this.buffer = this.buffer.subarray(end + 4);
    }
    while (this.readFrame());
  }

  private readFrame(): boolean {
    if (this.buffer.length < 2) return false;
    let length = this.buffer[1]! & 127;
    let start = 2;
    if (length === 126) {
      if (this.buffer.length < 4) return false;
      length = this.buffer.readUInt16BE(2);
      start = 4;
    } else if (length === 127) {
      if (this.buffer.length < 10) return false;
      length = Number(this.buffer.readBigUInt64BE(2));
      start = 10;
    }
    if (this.buffer.length < start + length) return false;
    const opcode = this.buffer[0]! & 15;
    const text = this.buffer.subarray(start, start + length).toString();
    this.buffer = this.buffer.subarray(start + length);
    if (opcode === 8) this.socket.end();
    else if (opcode === 10) this.pongs += 1;
    else if (text === '2') this.send('3');
    else this.received.push(text);
    return true;
  }
}

export interface RawFrame {
  /** FIN, reserved bits and the kind, e.g. 0x89 for a ping. */
  first: number;
  payload?: string | Buffer;
}

function toFrame(packet: string | Buffer): Buffer {
  return rawFrame(typeof packet === 'string' ? 0x81 : 0x82, packet);
}

function rawFrame(first: number, content: string | Buffer = ''): Buffer {
  const payload = Buffer.from(content);
  const header =
    payload.length < 126
      ? Buffer.from([first, 0x80 | payload.length])
      : Buffer.from([first, 0xfe, payload.length >> 8, payload.length & 255]);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([header, Buffer.alloc(4), payload]);
}
