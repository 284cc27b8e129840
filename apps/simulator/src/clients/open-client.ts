import { RidewireClient } from '#libs/client';
import { type SessionTokens } from './session-tokens.js';

export interface ClientTrouble {
  /** Something went wrong; the client looks after itself where it can. */
  onTrouble: (what: string) => void;
}

/** How long a request is tried that has to be answered while people go on. */
export const PATIENCE_MS = 40_000;

/** A client of its own connection; it does not connect before `connect()`. */
export function openClient(
  server: string,
  tokens: SessionTokens,
  { onTrouble }: ClientTrouble,
): RidewireClient {
  const client = new RidewireClient({
    url: server,
    getToken: (reason) => tokens.give(reason),
    socket: { transports: ['websocket'] },
  });
  client.subscribe(() => {
    const { status, reason } = client.getState();
    if (status === 'offline') onTrouble(reason?.code ?? status);
    if (status === 'closed' && reason?.code !== 'CLOSED') onTrouble(`cut: ${reason?.code}`);
  });
  return client;
}
