import { type IncomingMessage } from 'node:http';
import { type Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type ServerOptions } from 'ws';
import { RateBudget, type RateLimits } from '#libs/limits';
import { TERMINATE_AFTER_MS } from './terminate.js';

/** Of one message; clients that split a message send pieces of some kilobytes. */
const MAX_FRAGMENTS = 64;
/** Pieces that a frame may come in from the network: each costs some hundred bytes until it is whole. */
const MIN_CHUNKS = 256;
const MIN_BYTES_OF_CHUNK = 256;
/** With more unread the answers of the next pings are left out, as RFC 6455 (5.5.3) lets a server do. */
const MAX_UNREAD_BYTES_FOR_PONG = 16_384;

export const TOO_MANY_CONTROL_FRAMES = 'WS_ERR_TOO_MANY_CONTROL_FRAMES';

/** `ws` puts such a code on each error of its reader; other errors are of the network. */
const FRAME_ERROR = /^WS_ERR_/;
const frameErrors = new WeakMap<object, string>();

/** Why the frames of a client ended its WebSocket; undefined when it ended in another way. */
export function frameErrorOf(webSocket: object): string | undefined {
  return frameErrors.get(webSocket);
}

/**
 * The WebSocket server that Engine.IO is given: what `ws` does by itself with the frames of a client,
 * before a packet is read and a token is seen, is bounded here. Listeners are functions of the
 * server, not of a connection.
 * @param controlLimits for pings and pongs of WebSocket, which Engine.IO never sees
 */
export function boundedWebSocketServer(
  controlLimits: RateLimits,
): new (options: ServerOptions) => WebSocketServer {
  const budgets = new WeakMap<WebSocket, RateBudget>();

  function countControlFrame(this: WebSocket): boolean {
    // What is left of the chunk in which it went too far.
    if (this.readyState !== WebSocket.OPEN) return false;
    const now = performance.now();
    let budget = budgets.get(this);
    if (!budget) budgets.set(this, (budget = new RateBudget(controlLimits, now)));
    if (budget.take(1, now) === 0) return true;
    const error = new RangeError('Too many control frames');
    this.terminate();
    this.emit('error', Object.assign(error, { code: TOO_MANY_CONTROL_FRAMES }));
    return false;
  }

  function answerPing(this: WebSocket, data: Buffer): void {
    if (!countControlFrame.call(this)) return;
    if (this.bufferedAmount <= MAX_UNREAD_BYTES_FOR_PONG) this.pong(data);
  }

  return class BoundedWebSocketServer extends WebSocketServer {
    constructor(options: ServerOptions) {
      const ofChunks = Math.ceil((options.maxPayload ?? 0) / MIN_BYTES_OF_CHUNK);
      // The types of `ws` do not know the time to close yet.
      const bounded: ServerOptions & { closeTimeout: number } = {
        ...options,
        autoPong: false,
        closeTimeout: TERMINATE_AFTER_MS,
        maxFragments: MAX_FRAGMENTS,
        maxBufferedChunks: Math.max(MIN_CHUNKS, ofChunks),
      };
      super(bounded);
    }

    override handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      done: (webSocket: WebSocket, request: IncomingMessage) => void,
    ): void {
      // The answer to the upgrade and Engine.IO's first packet, which comes some microtasks later, are one
      // write. Ending the stream in between sends what is held.
      socket.cork();
      setImmediate(uncork, socket);
      super.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('ping', answerPing);
        webSocket.on('pong', countControlFrame);
        webSocket.on('error', noteFrameError);
        done(webSocket, request);
      });
    }
  };
}

function uncork(stream: Duplex): void {
  stream.uncork();
}

/** `ws` has sent a closing frame with the reason, and would read on and drop what comes meanwhile. */
function noteFrameError(this: WebSocket, { code }: Error & { code?: string }): void {
  if (code === undefined || !FRAME_ERROR.test(code)) return;
  frameErrors.set(this, code);
  setImmediate(() => this.terminate());
}
