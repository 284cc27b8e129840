import { type IncomingMessage } from 'node:http';
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

/**
 * Engine.IO keeps the whole request that opened a connection as long as the connection: more than a
 * kilobyte each, and the client's headers. Of all that only a token in a header is read later.
 */
export function forgetFirstRequest(connection: RealtimeSocket['conn']): void {
  const { authorization } = connection.request.headers;
  const remembered: RememberedRequest =
    authorization === undefined
      ? NOTHING_TO_REMEMBER
      : { ...NOTHING_TO_REMEMBER, headers: { authorization } };
  (connection as { request: IncomingMessage }).request = remembered as unknown as IncomingMessage;
}
