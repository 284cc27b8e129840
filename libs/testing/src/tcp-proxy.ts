import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { wireOf, type WireQuality } from './wire.js';

/** By what a client says first it is known, e.g. by the name of its connection to Redis. */
const KEPT_OF_A_CLIENT = 4_096;

/** A wire to a server that a test can cut and mend. */
export interface TcpProxy {
  readonly port: number;
  readonly isCut: boolean;
  /** Ends all connections and refuses new ones. */
  cut(): void;
  /** Ends all connections with a reset and takes new ones. */
  reset(): void;
  /**
   * Lets nothing through and says nothing about it, as a network that swallows packets.
   * @param text only on those connections whose client has sent it, also later; absent for all
   */
  stall(text?: string): void;
  /**
   * Keeps back the next piece with this text in it that a client sends, and whatever that client
   * sends after it. Resolves with the piece, so that a test can hand it to the server later.
   */
  keepBack(text: string): Promise<Buffer>;
  /**
   * Holds the next piece with this text in it that a client sends, and whatever that client sends after
   * it, until it is let go: what a test does meanwhile comes between for certain. Resolves when the piece
   * has come, with what lets it go.
   */
  hold(text: string): Promise<() => void>;
  /**
   * Cuts before the next piece with this text in it that clients send, once so many such pieces have
   * gone through: what had been sent until then is done, what came after is not.
   * @param text a pattern sees pieces as latin1
   */
  cutBefore(text: string | RegExp, count: number): void;
  mend(): void;
  close(): Promise<void>;
}

/**
 * @param targetPort asked anew for each connection where it is a function, as a load balancer does
 * @param quality of the way in either direction, or how long everything is on it, ms; default 0
 * @param reword what becomes of each piece that the server sends
 */
export async function startTcpProxy(
  targetPort: number | (() => number),
  quality: WireQuality | number = 0,
  reword?: (piece: Buffer) => Buffer,
): Promise<TcpProxy> {
  const way: WireQuality = typeof quality === 'number' ? { lagMs: quality } : quality;
  const isPerfect = Object.values(way).every((value) => !value);
  const sockets = new Set<Socket>();
  const targets = new Map<Socket, Socket>();
  const said = new WeakMap<Socket, string>();
  let stalledText: string | undefined;
  let isCut = false;
  let isStalled = false;
  let kept: { text: string; resolve: (piece: Buffer) => void } | undefined;
  let last: { text: string | RegExp; left: number } | undefined;
  let wanted: { text: string; resolve: (letGo: () => void) => void } | undefined;
  const keeping = () => {
    let isKeeping = false;
    let held: Buffer[] | undefined;
    const piecewise = new Transform({
      transform(piece: Buffer, _encoding, done) {
        if (wanted && piece.includes(wanted.text)) {
          held = [];
          wanted.resolve(() => {
            for (const each of held ?? []) piecewise.push(each);
            held = undefined;
          });
          wanted = undefined;
        }
        if (held) {
          held.push(piece);
          done();
          return;
        }
        if (kept && piece.includes(kept.text)) {
          isKeeping = true;
          kept.resolve(piece);
          kept = undefined;
        }
        if (last && has(piece, last.text)) {
          last.left -= 1;
          if (last.left < 0) cut();
        }
        done(null, isKeeping || isCut ? undefined : piece);
      },
    });
    return piecewise;
  };
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const port = typeof targetPort === 'number' ? targetPort : targetPort();
    const target = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      const wire = from === client ? from.pipe(keeping()) : reword ? from.pipe(by(reword)) : from;
      if (isPerfect) wire.pipe(to);
      else wire.pipe(wireOf(way)).pipe(to);
      if (isStalled) from.pause();
    }
    targets.set(client, target);
    client.on('close', () => targets.delete(client));
    client.on('data', (piece: Buffer) => {
      const before = said.get(client) ?? '';
      if (before.length < KEPT_OF_A_CLIENT) said.set(client, before + piece.toString('latin1'));
      if (stalledText !== undefined) stallThose(stalledText);
    });
  });
  const stallThose = (text: string) => {
    for (const [client, target] of targets) {
      if (!said.get(client)?.includes(text)) continue;
      client.pause();
      target.pause();
    }
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get isCut() {
      return isCut;
    },
    cut,
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    stall: (text) => {
      stalledText = text;
      isStalled = text === undefined;
      if (text !== undefined) stallThose(text);
      else for (const socket of sockets) socket.pause();
    },
    keepBack: (text) => new Promise((resolve) => (kept = { text, resolve })),
    hold: (text) => new Promise((resolve) => (wanted = { text, resolve })),
    cutBefore: (text, left) => {
      last = { text, left };
    },
    mend: () => {
      isCut = false;
      last = undefined;
      isStalled = false;
      stalledText = undefined;
      for (const socket of sockets) socket.resume();
    },
    close: async () => {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
}

function has(piece: Buffer, text: string | RegExp): boolean {
  return typeof text === 'string' ? piece.includes(text) : text.test(piece.toString('latin1'));
}

function by(reword: (piece: Buffer) => Buffer): Transform {
  return new Transform({
    transform: (piece: Buffer, _encoding, done) => done(null, reword(piece)),
  });
}
