import { ServerResponse, type IncomingMessage } from 'node:http';
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
type AnsweredRequest = IncomingMessage & { [ANSWER]?: { req: unknown } };

/** A middleware of Engine.IO: nowhere else does it show the answer that it makes for an upgrade. */
export function noteAnswer(
  request: AnsweredRequest,
  answer: ServerResponse | { req: unknown },
  next: () => void,
): void {
  // Those of Node, to polling, know their request for good reasons and not for long.
  if (!(answer instanceof ServerResponse)) request[ANSWER] = answer;
  next();
}

/** To be called once the headers of an upgrade are on their way: 2.4 KB that nobody asks for again. */
export function forgetAnswered(request: AnsweredRequest): void {
  const answer = request[ANSWER];
  if (answer) answer.req = NOTHING_TO_REMEMBER;
}

/**
 * Engine.IO keeps the whole request that opened a connection as long as the connection, and the
 * client's headers. Of all that only a token in a header is read later.
 */
export function forgetFirstRequest(connection: RealtimeSocket['conn']): void {
  const { authorization } = connection.request.headers;
  const remembered: RememberedRequest =
    authorization === undefined
      ? NOTHING_TO_REMEMBER
      : { ...NOTHING_TO_REMEMBER, headers: { authorization } };
  (connection as { request: IncomingMessage }).request = remembered as unknown as IncomingMessage;
}
