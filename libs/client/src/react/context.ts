import { createContext, useContext, useSyncExternalStore } from 'react';
import { type ConnectionState, type RidewireClient } from '../index.js';

/** Gives a client to all hooks below: `<RidewireContext value={client}>`. */
export const RidewireContext = createContext<RidewireClient | null>(null);

/** The client of the nearest context. @throws Error where there is none */
export function useRidewire(): RidewireClient {
  const client = useContext(RidewireContext);
  if (!client) throw new Error('Give a client: <RidewireContext value={client}>.');
  return client;
}

/** How the connection is: draws anew with each change. */
export function useConnection(): ConnectionState {
  const client = useRidewire();
  return useSyncExternalStore(client.subscribe, client.getState, client.getState);
}
