import {
  Namespace,
  servedAs,
  type ConnectionClosing,
  type ErrorCode,
  type RequestError,
} from '#libs/contracts';
import { socketsOnConnectionOf } from '../engine/insides.js';
import { terminateUnlessClosed } from '../engine/terminate.js';
import { type RealtimeSocket } from '../realtime-socket.js';
import { sendOldAuthError, sendSessionFact } from '../sending/send-fact.js';

/** Why a client that was let in may not stay. */
const endsTheRight: ReadonlySet<ErrorCode> = new Set(['TOKEN_EXPIRED', 'SESSION_REVOKED']);

const told = new WeakSet<RealtimeSocket>();

/** Clients of the older chat are told by `authError`, once and before what present ones are told. */
export function tellEndOfRight(socket: RealtimeSocket, code: ErrorCode): void {
  if (servedAs(socket.nsp.name) !== Namespace.chat || !endsTheRight.has(code)) return;
  if (told.has(socket)) return;
  told.add(socket);
  sendOldAuthError(socket, code);
}

/** Ends the whole connection for good: the client gets the reason and does not reconnect by itself. */
export function cutConnection(socket: RealtimeSocket, reason: RequestError): void {
  if (socket.data.connection.closed) return;
  tellClosing(membersOf(socket), reason);
  socket.disconnect(true);
  terminateUnlessClosed(socket.conn);
}

/** Ends one namespace of the connection for good; the others go on. */
export function endNamespace(socket: RealtimeSocket, reason: RequestError): void {
  if (socket.data.connection.closed) return;
  tellClosing([socket], reason);
  socket.disconnect();
}

/** Ends the transport after a notice: a Socket.IO client comes back by itself. */
export function sendAway(socket: RealtimeSocket, reason: RequestError): void {
  if (socket.data.connection.closed) return;
  tellClosing(membersOf(socket), reason);
  socket.conn.close();
  terminateUnlessClosed(socket.conn);
}

/** The sockets of a connection, one a namespace. */
function membersOf(socket: RealtimeSocket): Iterable<RealtimeSocket> {
  return new Set([socket, ...socketsOnConnectionOf(socket)]);
}

/** Answers what is unfinished, then gives notice (ACK1). */
function tellClosing(members: Iterable<RealtimeSocket>, reason: RequestError): void {
  const error = reason.toBody();
  const { code, message, retryable, retryAfterMs, details } = error;
  const notice: ConnectionClosing = {
    code,
    message,
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(details === undefined ? {} : { details }),
  };
  for (const member of members) {
    const { connection } = member.data;
    if (connection.closed) continue;
    connection.closed = true;
    connection.closedFor = code;
    for (const request of connection.takeUnfinished()) request.answer({ ok: false, error });
    tellEndOfRight(member, code);
    sendSessionFact(member, 'connection:closing', notice);
  }
}
