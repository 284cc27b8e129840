import { useEffect, useRef } from 'react';
import { type TripState } from '#libs/client';
import { type TripView } from '#libs/contracts/browser';
import { Link, navigate } from '../shell/router.js';
import { placeText } from '../trips/admin-trip.js';
import { useWords } from '../words/words.js';
import { type MapDesk } from './map-desk.js';

interface TripCardProps {
  state: TripState | null;
  tripId: string;
  desk: MapDesk;
}

/** The trip that is selected on the map: where it goes, who drives it, when they arrive. */
export function TripCard({ state, tripId, desk }: TripCardProps) {
  const words = useWords();
  const trip = state?.trip;
  const shown = useRef<string>(undefined);
  useEffect(() => {
    if (!trip || shown.current === trip.id) return;
    shown.current = trip.id;
    desk.show(placesOf(trip));
  }, [desk, trip]);
  const location = state?.location;

  return (
    <aside className="driver-panel trip-card" aria-label={words.mapTools.tripOnMap}>
      <header>
        <h2>
          {trip ? (
            <span className={`status status-${trip.status}`}>{words.tripStatus[trip.status]}</span>
          ) : (
            words.mapTools.tripOnMap
          )}
        </h2>
        <button
          type="button"
          className="close"
          onClick={() => navigate('/')}
          aria-label={words.mapTools.close}
        >
          ×
        </button>
      </header>
      {!trip && (
        <p className="muted">
          {state?.missed === 'gone' ? words.mapTools.tripGone : words.mapTools.tripLoading}
        </p>
      )}
      {trip && (
        <>
          <dl className="facts">
            <dt>{words.trips.passenger}</dt>
            <dd>{trip.passenger?.name ?? trip.passengerId}</dd>
            <dt>{words.trips.driver}</dt>
            <dd>
              {trip.driverId ? (
                <Link to={`/drivers/${trip.driverId}`}>{trip.driver?.name ?? trip.driverId}</Link>
              ) : (
                words.mapTools.waitingTrip
              )}
            </dd>
            {location && (
              <>
                <dt>
                  {location.target === 'pickup' ? words.mapTools.etaPickup : words.mapTools.eta}
                </dt>
                <dd>{location.etaMinutes} min</dd>
              </>
            )}
            <dt className="mark-pickup">{words.mapTools.pickup}</dt>
            <dd>{trip.pickup.address ?? placeText(trip.pickup)}</dd>
            <dt className="mark-dropoff">{words.mapTools.dropoff}</dt>
            <dd>{trip.stops.map((stop) => stop.address ?? placeText(stop)).join(' → ')}</dd>
          </dl>
          <div className="row">
            <button type="button" onClick={() => desk.show(placesOf(trip))}>
              {words.mapTools.showAll}
            </button>
            <Link to={`/trips/${tripId}`} className="button">
              {words.trips.open}
            </Link>
          </div>
        </>
      )}
    </aside>
  );
}

function placesOf({ pickup, stops }: TripView) {
  return [pickup, ...stops];
}
