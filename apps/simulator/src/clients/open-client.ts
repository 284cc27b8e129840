import { RidewireClient } from '#libs/client';
import { type CuttableAgent } from './cuttable-agent.js';
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
  connections?: CuttableAgent,
): RidewireClient {
  const client = new RidewireClient({
    url: server,
    getToken: (reason, signal) => tokens.give(reason, signal),
    socket: {
      transports: ['websocket'],
      // Its types are those of browsers; in Node an agent is what it takes.
      ...(connections ? { agent: connections.agent as unknown as boolean } : {}),
    },
  });
  client.subscribe(() => {
    const { status, reason } = client.getState();
    if (status === 'offline') onTrouble(reason?.code ?? status);
    if (status === 'closed' && reason?.code !== 'CLOSED') onTrouble(`cut: ${reason?.code}`);
  });
  return client;
}
