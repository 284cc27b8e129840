import { ServerResponse, type IncomingMessage } from 'node:http';
import { type RealtimeSocket } from '../realtime-socket.js';
import { type SessionEngine } from './session-engine.js';

/** `Bearer ` and the longest token that is read. */
const MAX_AUTHORIZATION_LENGTH = 4_103;

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

/**
 * Lets go of the answer to an upgrade, and with it of the request, 2.4 KB that nobody asks for
 * again, once its headers are on their way. Only to a middleware does Engine.IO show that answer.
 */
export function forgetAnswers(engine: SessionEngine): void {
  engine.use(noteAnswer);
  engine.on('headers', (_headers: object, request: AnsweredRequest) => {
    const answer = request[ANSWER];
    if (answer) answer.req = NOTHING_TO_REMEMBER;
  });
}

function noteAnswer(
  request: AnsweredRequest,
  answer: ServerResponse | { req: unknown },
  next: () => void,
): void {
  // Node's own answers, to polling, need their request and end soon.
  if (!(answer instanceof ServerResponse)) request[ANSWER] = answer;
  next();
}

/**
 * Engine.IO keeps the whole request that opened a connection as long as the connection, and the
 * client's headers. Of all that only a token in a header is read later.
 */
export function forgetFirstRequest(connection: RealtimeSocket['conn']): void {
  const { authorization } = connection.request.headers;
  const remembered: RememberedRequest =
    authorization === undefined || authorization.length > MAX_AUTHORIZATION_LENGTH
      ? NOTHING_TO_REMEMBER
      : { ...NOTHING_TO_REMEMBER, headers: { authorization } };
  (connection as { request: IncomingMessage }).request = remembered as unknown as IncomingMessage;
}

/** For a socket that is being upgraded: until its transport listens for errors, nobody does. */
export function ignoreError(): void {}
