import { FixTrack } from './fix-track.js';
import { PingFrame } from './ping-frame.js';
import { type SocketIoClient } from './socket-io-client.js';
import { type Tally } from './tally.js';

/** How an ack of a stored fix begins; any other is read in full. */
const STORED = Buffer.from('[{"ok":true,"data":{"results":[{"verdict":"stored"');
const ZERO = 48;
const NINE = 57;

/** A driver that sends fixes and checks every ack. */
export class Driver {
  readonly track = new FixTrack();
  /** Called after each ack. */
  onAnswered: (() => void) | undefined;
  private readonly frame: PingFrame;

  constructor(
    readonly number: number,
    private readonly client: SocketIoClient,
    private readonly tally: Tally,
  ) {
    this.frame = new PingFrame(number);
    client.listener = {
      onAck: (bytes, at, end) => this.readAck(bytes, at, end),
      onClose: (reason) => tally.problem(`a driver was cut: ${reason}`),
    };
  }

  get bytesIn(): number {
    return this.client.webSocket.bytesIn;
  }

  get bytesOut(): number {
    return this.client.webSocket.bytesOut;
  }

  /** Sends the next fix. False when too many have no answer yet. */
  ping(): boolean {
    const { track, tally } = this;
    if (!track.hasRoom) {
      tally.heldBack += 1;
      return false;
    }
    const now = performance.now();
    const frame = this.frame.write(track.send(now), now);
    const { webSocket } = this.client;
    webSocket.write(webSocket.isBehind ? Buffer.from(frame) : frame);
    tally.sent += 1;
    tally.underWay += 1;
    return true;
  }

  private readAck(bytes: Buffer, start: number, end: number): void {
    let at = start;
    let id = 0;
    for (; at < end; at += 1) {
      const code = bytes[at]!;
      if (code < ZERO || code > NINE) break;
      id = id * 10 + code - ZERO;
    }
    const sentAt = this.track.answer(id);
    if (sentAt === undefined) {
      this.tally.problem('an ack for nothing that was asked, or a second one');
      return;
    }
    this.tally.acks += 1;
    this.tally.underWay -= 1;
    this.tally.ackDelays.record(performance.now() - sentAt);
    const isStored =
      end - at > STORED.length &&
      bytes.compare(STORED, 0, STORED.length, at, at + STORED.length) === 0;
    if (!isStored) this.readUnusualAck(bytes.toString('utf8', at, end));
    this.onAnswered?.();
  }

  private readUnusualAck(text: string): void {
    const verdict = verdictOf(text);
    if (verdict !== 'stored') this.tally.problem(`an ack said ${verdict}`);
  }
}

interface PingAck {
  ok?: boolean;
  data?: { results?: { verdict?: string; reason?: string }[] };
  error?: { code?: string };
}

function verdictOf(text: string): string {
  try {
    const [ack] = JSON.parse(text) as [PingAck];
    const [result] = ack.data?.results ?? [];
    return ack.error?.code ?? result?.reason ?? result?.verdict ?? text.slice(0, 80);
  } catch {
    return text.slice(0, 80);
  }
}
