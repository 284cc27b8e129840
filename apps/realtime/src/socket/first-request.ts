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

/** Where a request has the answer to it, which keeps the request for as long as its socket lives. */
const ANSWER = Symbol('answer');
type AnsweredRequest = IncomingMessage & { [ANSWER]?: ServerResponse };

/** A middleware of Engine.IO: nowhere else does it show the answer that it makes for an upgrade. */
export function noteAnswer(
  request: AnsweredRequest,
  answer: ServerResponse,
  next: () => void,
): void {
  if (request.headers.upgrade !== undefined) request[ANSWER] = answer;
  next();
}

/**
 * Engine.IO keeps the whole request that opened a connection as long as the connection: 2.4 KB each,
 * and the client's headers. Of all that only a token in a header is read later.
 */
export function forgetFirstRequest(connection: RealtimeSocket['conn']): void {
  const request: AnsweredRequest = connection.request;
  const { authorization } = request.headers;
  const remembered: RememberedRequest =
    authorization === undefined
      ? NOTHING_TO_REMEMBER
      : { ...NOTHING_TO_REMEMBER, headers: { authorization } };
  (connection as { request: IncomingMessage }).request = remembered as unknown as IncomingMessage;
  const answer = request[ANSWER];
  if (answer) (answer as { req: IncomingMessage }).req = connection.request;
}
