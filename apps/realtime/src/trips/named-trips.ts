import { ID_PATTERN } from '#libs/contracts';
import { type RealtimeSocket } from '../socket/realtime-socket.js';

/** Trips that a client may name when it connects. */
const MAX_NAMED_TRIPS = 20;

/**
 * `auth.trips` of a connection: `{<tripId>: <version of the last event seen>}`; anything else counts
 * as nothing.
 */
export function namedTrips({ handshake }: RealtimeSocket): ReadonlyMap<string, number> {
  const raw: unknown = handshake.auth['trips'];
  if (typeof raw !== 'object' || raw === null) return new Map();
  const named = Object.entries(raw).filter((pair): pair is [string, number] => {
    const [tripId, version] = pair as [string, unknown];
    return ID_PATTERN.test(tripId) && Number.isSafeInteger(version) && (version as number) >= 0;
  });
  return new Map(named.slice(0, MAX_NAMED_TRIPS));
}
