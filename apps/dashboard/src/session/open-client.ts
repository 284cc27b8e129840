import { RidewireClient, SessionEnded, type RequestOptions } from '#libs/client';
import { hrefOf } from '../shell/address.js';
import { session } from './session.js';

/** Of what somebody presses: without a connection it is refused at once, and can be pressed again. */
export const PRESSED: RequestOptions = { whileOffline: 'refuse' };

/** The connection of a page whose viewer is signed in; when the server ends it, the session is over. */
export function openClient(): RidewireClient {
  const client = new RidewireClient({
    url: location.origin,
    socket: { path: hrefOf('/socket.io') },
    getToken: async (reason) => {
      try {
        return await session.accessToken(reason !== 'connecting');
      } catch (error) {
        if (error instanceof SessionEnded) session.end(error.code);
        throw error;
      }
    },
  });
  client.subscribe(() => {
    const { status, reason } = client.getState();
    if (status === 'closed' && reason && reason.code !== 'CLOSED') session.end(reason.code);
  });
  return client;
}
