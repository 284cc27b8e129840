import { type SharedPosition } from '#libs/contracts/browser';
import { useOnMap } from '../phone/map-board.js';
import { minutes } from '../words/language.js';
import { PhoneShell } from '../phone/phone-shell.js';
import { VehicleText } from '../phone/vehicle-text.js';
import { usePhoneWords } from '../phone/words/use-phone-words.js';
import { useSharedTrip, type SharedTripState } from './use-shared-trip.js';

/** The trip of a link, for whoever has it: read-only, without an account. */
export function SharedTripPage() {
  const words = usePhoneWords().shared;
  const shared = useSharedTrip();
  const { connection, trip, position } = shared;
  const isOver = connection.status === 'closed' || trip?.status === 'completed';
  return (
    <PhoneShell title={words.title} connection={connection} hasMap={position !== null && !isOver}>
      {position && <Car position={position} />}
      <Said {...shared} />
    </PhoneShell>
  );
}

/** The car on the map. */
function Car({ position }: { position: SharedPosition }) {
  const { lat, lng, heading, quality } = position;
  useOnMap({
    marks: [{ id: 'car', look: 'own-car', lat, lng, heading, isStale: quality !== 'live' }],
    view: [position],
    viewKey: cellOf(position),
  });
  return null;
}

function Said({ connection, trip, position }: SharedTripState) {
  const words = usePhoneWords().shared;
  const name = trip?.passengerName ?? words.somebody;
  const isEnded = connection.status === 'closed';
  if (isEnded || trip?.status === 'completed' || trip?.status === 'cancelled') {
    const end = endOf(trip?.status, connection.reason);
    return (
      <div role="status" className="ended">
        <h2>{words.end[end].title}</h2>
        <p>{words.end[end].text(name)}</p>
      </div>
    );
  }
  if (!trip)
    return (
      <p className="muted" role="status">
        {words.loading}
      </p>
    );
  return (
    <>
      <div role="status">
        <p className="muted">{words.of(name)}</p>
        <h2>{words.status[trip.status]}</h2>
        {position && (
          <p>
            {position.target === 'pickup' ? words.toPickup(name) : words.toDropoff}{' '}
            <strong>{minutes(position.etaMinutes)}</strong>
          </p>
        )}
        {position && position.quality !== 'live' && <p className="muted">{words.positionOld}</p>}
      </div>
      {trip.vehicle && (
        <div className="person">
          <VehicleText vehicle={trip.vehicle} />
        </div>
      )}
      <p className="muted small">{words.explanation}</p>
    </>
  );
}

type End = 'completed' | 'cancelled' | 'expired' | 'revoked' | 'invalid' | 'over';

/** How it ended: the trip by itself, or the link, as the server says. */
function endOf(status: string | undefined, reason: SharedTripState['connection']['reason']): End {
  if (status === 'completed' || status === 'cancelled') return status;
  if (reason?.code !== 'SHARE_ENDED') return 'invalid';
  const why = (reason.details as { reason?: string } | undefined)?.reason;
  return why === 'expired' || why === 'revoked' ? why : 'over';
}

/** A part of the city, about 900 m wide: the map moves when the car has left it. */
function cellOf({ lat, lng }: { lat: number; lng: number }): string {
  return `${Math.round(lat * 125)} ${Math.round(lng * 100)}`;
}
