import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { type Socket as NetSocket } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import { Server as Engine } from 'engine.io';
import { Server } from 'socket.io';
import { Encoder } from 'socket.io-parser';
import { type Log } from '#libs/observability';
import { type RealtimeSocket } from '../realtime-socket.js';
import { clientOf, idleSenderOf, readerOf, streamsOf } from './insides.js';
import { RequestDecoder } from './request-decoder.js';

const PROBE_TIMEOUT_MS = 5_000;

/** What goes past `ws`, Engine.IO or Socket.IO, and what happens where that cannot be. */
export const FastLanes = {
  frames: 'messages are read by the stream of ws',
  answers: 'answers are written by Engine.IO',
  endings: 'ws ends its streams twice',
  requests: 'requests go through the listeners of Socket.IO',
} as const;
export type FastLane = keyof typeof FastLanes;

/**
 * Takes one connection through the installed packages, over a pair of streams and without the
 * network, and looks whether each lane finds in it what it needs. @returns the lanes that are off
 */
export async function closedLanes(): Promise<FastLane[]> {
  const engine = new Engine({ transports: ['websocket'], perMessageDeflate: false });
  const server = new Server({ parser: { Encoder, Decoder: RequestDecoder } });
  server.bind(engine);
  const [client, served] = duplexPair();
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  try {
    const connected = once(server, 'connection', { signal }) as Promise<[RealtimeSocket]>;
    engine.handleUpgrade(upgradeOver(served), served as NetSocket, Buffer.alloc(0));
    await once(client, 'data', { signal });
    client.write(maskedText('40'));
    const [socket] = await connected;
    const isOpen: Record<FastLane, boolean> = {
      frames: readerOf(socket.conn) !== undefined,
      answers: idleSenderOf(socket.conn) !== undefined,
      endings: streamsOf(socket.conn).length === 2,
      requests: clientOf(socket)?.decoder instanceof RequestDecoder && RequestDecoder.isFit(),
    };
    return (Object.keys(FastLanes) as FastLane[]).filter((lane) => !isOpen[lane]);
  } finally {
    await server.close();
    client.destroy();
  }
}

/** Says at the start which lanes are off: the server does all that it should, and costs more. */
export async function reportFastLanes(log: Log): Promise<void> {
  const closed = await closedLanes().catch((error: unknown) => {
    log.warn({ err: error }, 'the fast lanes could not be probed');
    return undefined;
  });
  if (closed === undefined) return;
  if (closed.length === 0) log.debug('all fast lanes are open');
  else
    log.warn(
      { off: Object.fromEntries(closed.map((lane) => [lane, FastLanes[lane]])) },
      'fast lanes are off: another version of ws, engine.io or socket.io is installed than was built for',
    );
}

function upgradeOver(stream: Duplex): IncomingMessage & { _query: Record<string, string> } {
  const request = new IncomingMessage(stream as NetSocket);
  request.method = 'GET';
  request.url = '/socket.io/?EIO=4&transport=websocket';
  request.headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    'sec-websocket-version': '13',
  };
  return Object.assign(request, { _query: { EIO: '4', transport: 'websocket' } });
}

/** A short text in a frame as clients send it, under a mask of zeros. */
function maskedText(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}
