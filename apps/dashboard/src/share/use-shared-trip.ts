import { useEffect, useState } from 'react';
import { RidewireClient, type ConnectionState } from '#libs/client';
import { hrefOf, pathOf } from '../shell/address.js';
import { type SharedPosition, type SharedTrip } from '#libs/contracts/browser';

export interface SharedTripState {
  connection: ConnectionState;
  trip: SharedTrip | null;
  /** Null while there is no driver. */
  position: SharedPosition | null;
}

const CONNECTING: ConnectionState = { status: 'connecting', reason: null, retryAt: null };

/** Follows the trip of the link that opened this page: `/share/<token>`. */
export function useSharedTrip(): SharedTripState {
  const [connection, setConnection] = useState(CONNECTING);
  const [trip, setTrip] = useState<SharedTrip | null>(null);
  const [position, setPosition] = useState<SharedPosition | null>(null);
  useEffect(() => {
    const [, , share = ''] = pathOf(location).split('/');
    // No token of an account: a guest.
    const client = new RidewireClient({
      url: location.origin,
      socket: { path: hrefOf('/socket.io') },
    });
    const link = client.namespace('/tracking', { auth: () => ({ share }) });
    const show = (shown: SharedTrip): void => {
      setTrip(shown);
      if (!HAS_DRIVER.has(shown.status)) setPosition(null);
    };
    link.on('share:trip', show);
    link.on('share:update', show);
    link.on('share:position', setPosition);
    client.subscribe(() => setConnection(client.getState()));
    void client.connect();
    return () => client.close();
  }, []);
  return { connection, trip, position };
}

const HAS_DRIVER: ReadonlySet<string> = new Set(['accepted', 'arriving', 'in_progress']);
