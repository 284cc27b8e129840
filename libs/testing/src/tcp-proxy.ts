import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** A wire to a server that a test can cut and mend. */
export interface TcpProxy {
  readonly port: number;
  /** Ends all connections and refuses new ones. */
  cut(): void;
  /** Lets nothing through and says nothing about it, as a network that swallows packets. */
  stall(): void;
  /**
   * Keeps back the next piece with this text in it that a client sends, and whatever that client
   * sends after it. Resolves with the piece, so that a test can hand it to the server later.
   */
  keepBack(text: string): Promise<Buffer>;
  mend(): void;
  close(): Promise<void>;
}

/**
 * @param targetPort asked anew for each connection where it is a function, as a load balancer does
 * @param lagMs how long everything is on its way, in either direction; default 0
 */
export async function startTcpProxy(
  targetPort: number | (() => number),
  lagMs = 0,
): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let isStalled = false;
  let kept: { text: string; resolve: (piece: Buffer) => void } | undefined;
  const keeping = () => {
    let isKeeping = false;
    return new Transform({
      transform(piece: Buffer, _encoding, done) {
        if (kept && piece.includes(kept.text)) {
          isKeeping = true;
          kept.resolve(piece);
          kept = undefined;
        }
        done(null, isKeeping ? undefined : piece);
      },
    });
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
      const wire = from === client ? from.pipe(keeping()) : from;
      if (lagMs > 0) wire.pipe(lagging(lagMs)).pipe(to);
      else wire.pipe(to);
      if (isStalled) from.pause();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      endAll();
    },
    stall: () => {
      isStalled = true;
      for (const socket of sockets) socket.pause();
    },
    keepBack: (text) => new Promise((resolve) => (kept = { text, resolve })),
    mend: () => {
      isCut = false;
      isStalled = false;
      for (const socket of sockets) socket.resume();
    },
    close: async () => {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
}

function lagging(lagMs: number): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => void setTimeout(done, lagMs, null, chunk),
  });
}
