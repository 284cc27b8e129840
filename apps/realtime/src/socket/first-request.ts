import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type RealtimeSocket } from './realtime-socket.js';

interface RememberedRequest {
  headers: { authorization?: string };
  connection: { encrypted?: boolean };
  url: string;
  _query: object;
}

const NOTHING_TO_REMEMBER: RememberedRequest = Object.freeze({
  headers: Object.freeze({}),
  connection: Object.freeze({}),
  url: '',
  _query: Object.freeze({}),
});

/** Answers to upgrades that are under way: each keeps its request for as long as its socket lives. */
const answers = new WeakMap<IncomingMessage, ServerResponse>();

/** A middleware of Engine.IO: nowhere else does it show the answer that it makes for an upgrade. */
export function noteAnswer(
  request: IncomingMessage,
  answer: ServerResponse,
  next: () => void,
): void {
  if (request.headers.upgrade !== undefined) answers.set(request, answer);
  next();
}

/**
 * Engine.IO keeps the whole request that opened a connection as long as the connection: 2.4 KB each,
 * and the client's headers. Of all that only a token in a header is read later.
 */
export function forgetFirstRequest(connection: RealtimeSocket['conn']): void {
  const { request } = connection;
  const { authorization } = request.headers;
  const remembered: RememberedRequest =
    authorization === undefined
      ? NOTHING_TO_REMEMBER
      : { ...NOTHING_TO_REMEMBER, headers: { authorization } };
  (connection as { request: IncomingMessage }).request = remembered as unknown as IncomingMessage;
  const answer = answers.get(request);
  if (!answer) return;
  answers.delete(request);
  (answer as { req: IncomingMessage }).req = connection.request;
}
