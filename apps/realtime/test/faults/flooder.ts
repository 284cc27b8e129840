import { connect, type Socket } from 'node:net';

/**
 * A program that floods instances as nobody's app does, in a process of its own: it writes without
 * waiting for answers, and comes back as soon as it is put out. Told what to do by its parent, which
 * may look at what came of it. Imports nothing of ours, so that Node runs it as it is.
 */
export interface Flood {
  /** Addresses of instances, taken in turn. */
  urls: string[];
  /** Headers of every request, e.g. where it says to come from. */
  headers: Record<string, string>;
  /** Connections at once. */
  connections: number;
  /** Sends so many packets or requests each 10 ms on each connection, whatever is answered. */
  perTick: number;
  /** Sent after the handshake of a WebSocket, in the first packets; absent for REST. */
  hello?: string[];
  /** What is sent again and again: packets, or requests as `GET /path` or `POST /path {json}`. */
  messages: string[];
  /** Ends each connection so many ms after it has opened. */
  lifeMs?: number;
  /** Reads nothing. */
  isDeaf?: boolean;
}

/** By what an answer holds. */
export interface FloodOutcome {
  sent: number;
  opened: number;
  refusedConnections: number;
  /** By the server. */
  closed: number;
  answers: Record<string, number>;
}

const TICK_MS = 10;
/** So that the flood and not its own memory grows. */
const MOST_UNSENT_BYTES = 1_000_000;
const ANSWERS = /HTTP\/1\.1 (\d{3})|"ok":(true)|"code":"([A-Z_]+)"/g;

class Flooder {
  readonly outcome: FloodOutcome = {
    sent: 0,
    opened: 0,
    refusedConnections: 0,
    closed: 0,
    answers: {},
  };
  private turn = 0;
  private isOver = false;
  private readonly sockets = new Set<Socket>();
  private readonly flood: Flood;
  private readonly batches: Buffer[];

  constructor(flood: Flood) {
    this.flood = flood;
    const whole = Array.from({ length: flood.perTick * flood.messages.length }, (_, i) =>
      this.encode(flood.messages[i % flood.messages.length]!),
    );
    this.batches = flood.messages.map((_, i) =>
      Buffer.concat(whole.slice(i * flood.perTick, (i + 1) * flood.perTick)),
    );
    for (let i = 0; i < flood.connections; i += 1) this.open();
  }

  end(): void {
    this.isOver = true;
    for (const socket of this.sockets) socket.destroy();
  }

  private open(): void {
    if (this.isOver) return;
    const { urls, hello, lifeMs, isDeaf = false } = this.flood;
    const { hostname, port } = new URL(urls[this.turn++ % urls.length]!);
    const socket = connect(Number(port), hostname);
    this.sockets.add(socket);
    let timer: NodeJS.Timeout | undefined;
    let batch = 0;
    let isMine = false;
    const send = (): void => {
      if (socket.writableLength > MOST_UNSENT_BYTES) return;
      socket.write(this.batches[batch++ % this.batches.length]!);
      this.outcome.sent += this.flood.perTick;
    };
    const begin = (): void => {
      this.outcome.opened += 1;
      if (isDeaf) socket.pause();
      if (lifeMs !== undefined)
        setTimeout(() => {
          isMine = true;
          socket.destroy();
        }, lifeMs);
      timer = setInterval(send, TICK_MS);
    };
    let isGreeted = hello === undefined;
    socket.on('connect', () => {
      if (isGreeted) begin();
      else socket.write(this.handshake());
    });
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      if (!isGreeted) {
        if (!text.includes(' 101 ')) {
          this.outcome.refusedConnections += 1;
          isMine = true;
          socket.destroy();
          return;
        }
        isGreeted = true;
        socket.write(Buffer.concat(hello!.map((packet) => frame(packet))));
        begin();
      }
      for (const [, status, ok, code] of text.matchAll(ANSWERS)) this.count(status ?? ok ?? code!);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(timer);
      this.sockets.delete(socket);
      if (!isMine) this.outcome.closed += 1;
      setTimeout(() => this.open(), TICK_MS);
    });
  }

  private count(answer: string): void {
    this.outcome.answers[answer] = (this.outcome.answers[answer] ?? 0) + 1;
  }

  private handshake(): string {
    return this.request('GET /socket.io/?EIO=4&transport=websocket', {
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      'Sec-WebSocket-Version': '13',
    });
  }

  private encode(message: string): Buffer {
    if (this.flood.hello) return frame(message);
    const [, line, body] = /^(\S+ \S+)(?: (.*))?$/s.exec(message)!;
    const headers: Record<string, string> =
      body === undefined
        ? {}
        : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) };
    return Buffer.from(this.request(line!, headers) + (body ?? ''));
  }

  private request(line: string, headers: Record<string, string>): string {
    const all = { Host: 'flood', ...headers, ...this.flood.headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return `${line} HTTP/1.1\r\n${lines.join('')}\r\n`;
  }
}

function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header =
    payload.length < 126
      ? Buffer.from([0x81, 0x80 | payload.length])
      : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 255]);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([header, Buffer.alloc(4), payload]);
}

let flooder: Flooder | undefined;
process.on('message', (message: Flood | 'look' | 'end') => {
  if (message === 'look') process.send!(flooder!.outcome);
  else if (message === 'end') {
    flooder!.end();
    process.disconnect();
  } else flooder = new Flooder(message);
});
