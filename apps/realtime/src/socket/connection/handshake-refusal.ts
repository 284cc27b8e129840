import { STATUS_CODES, type ServerResponse } from 'node:http';
import { type Duplex } from 'node:stream';
import { errorCatalogue, type ErrorCode } from '#libs/contracts';

/** Why a request to Engine.IO is refused before anybody has a socket. */
export interface HandshakeRefusal {
  /** What Engine.IO's clients know: 400, 403 and 503, and 413 for a payload. */
  readonly status: 400 | 403 | 413 | 503;
  /** In Engine.IO's own numbering. */
  readonly code: 0 | 1 | 2 | 3 | 4 | 5;
  /** What it is called in the log and in the table of PROTOCOL.md. */
  readonly reason: string;
  /** Says what to do, or which setting to change. */
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
}

const UNKNOWN_TRANSPORT = 0;
const UNKNOWN_SESSION = 1;
const BAD_METHOD = 2;
const BAD_REQUEST = 3;
const FORBIDDEN = 4;
const UNSUPPORTED_PROTOCOL = 5;

/** After a refusal that an instance's state is the reason for, clients come back after about this time. */
const RETRY_AFTER_MS = 1_000;

const wrong = (
  code: HandshakeRefusal['code'],
  reason: string,
  message: string,
): HandshakeRefusal => ({ status: 400, code, reason, message, retryable: false });

export const transportRefusal = (transports: readonly string[]): HandshakeRefusal =>
  wrong(
    UNKNOWN_TRANSPORT,
    'TRANSPORT_UNKNOWN',
    `Transport unknown: this server speaks ${transports.join(' and ')} (WS_TRANSPORTS). ` +
      `Set transports: ${JSON.stringify(transports).replaceAll('"', "'")} in the client.`,
  );

export const HandshakeRefusals = {
  /** Word for word as Engine.IO says it: clients then connect anew. */
  sessionUnknown: {
    status: 400,
    code: UNKNOWN_SESSION,
    reason: 'SESSION_UNKNOWN',
    message: 'Session ID unknown',
    retryable: true,
  },
  protocol: wrong(
    UNSUPPORTED_PROTOCOL,
    'PROTOCOL_UNSUPPORTED',
    'Unsupported protocol version: this server speaks Engine.IO 4 (EIO=4). Use a client of ' +
      'Socket.IO 3 or 4: socket.io-client 3 or 4, socket.io-client-java 2, socket.io-client-swift 16, ' +
      'socket_io_client (Dart) 2, python-socketio 5.',
  ),
  handshakeMethod: wrong(
    BAD_METHOD,
    'METHOD_WRONG',
    'Bad handshake method: a connection begins with GET.',
  ),
  sessionMethod: wrong(
    BAD_REQUEST,
    'METHOD_WRONG',
    'Bad request: a session is read with GET and written with POST.',
  ),
  upgradeMissing: wrong(
    BAD_REQUEST,
    'UPGRADE_MISSING',
    'Bad request: transport=websocket came without "Upgrade: websocket". Let the proxies in ' +
      'front pass the headers Upgrade and Connection, or use transport=polling.',
  ),
  upgradeOfPolling: wrong(
    BAD_REQUEST,
    'UPGRADE_OF_POLLING',
    'Bad request: only transport=websocket is upgraded.',
  ),
  jsonp: wrong(
    BAD_REQUEST,
    'JSONP_UNSUPPORTED',
    'Bad request: polling by JSONP (j=) is not served. Use a client of Socket.IO 3 or 4.',
  ),
  transportMismatch: wrong(
    BAD_REQUEST,
    'TRANSPORT_MISMATCH',
    'Bad request: the session has another transport by now. Connect again.',
  ),
  unreadPolls: wrong(
    BAD_REQUEST,
    'POLLS_UNREAD',
    'Bad request: the answers to earlier polls have not been read.',
  ),
  payloadTooLarge: {
    ...wrong(
      BAD_REQUEST,
      'PAYLOAD_TOO_LARGE',
      'Bad request: the payload is larger than WS_MAX_PAYLOAD_BYTES.',
    ),
    status: 413,
  },
  /** The only one that is no client's: instances whose keys do not fit, or somebody who plays one. */
  forgedForwarding: {
    ...wrong(
      FORBIDDEN,
      'FORWARDING_FORGED',
      'Forbidden: only instances forward requests, and this one is not signed by any.',
    ),
    status: 403,
  },
} as const satisfies Record<string, HandshakeRefusal>;

export function admissionRefusal(reason: ErrorCode): HandshakeRefusal {
  const { retryable, message } = errorCatalogue[reason];
  return {
    status: retryable ? 503 : 403,
    code: FORBIDDEN,
    reason,
    message: `Forbidden: ${message}`,
    retryable,
    ...(retryable ? { retryAfterMs: RETRY_AFTER_MS } : {}),
  };
}

export function answerRefusal(response: ServerResponse, refusal: HandshakeRefusal): void {
  if (response.headersSent) {
    response.end();
    return;
  }
  response.writeHead(refusal.status, headersOf(refusal)).end(bodyOf(refusal));
}

/** @param socket of a request to upgrade */
export function refuseUpgrade(socket: Duplex, refusal: HandshakeRefusal): void {
  const body = bodyOf(refusal);
  const headers = {
    ...headersOf(refusal),
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const { status } = refusal;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`, () =>
    socket.destroy(),
  );
}

function headersOf({ retryAfterMs }: HandshakeRefusal): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    ...(retryAfterMs === undefined
      ? {}
      : { 'Retry-After': String(Math.ceil(retryAfterMs / 1_000)) }),
  };
}

function bodyOf({ status: _status, ...body }: HandshakeRefusal): string {
  return JSON.stringify(body);
}
