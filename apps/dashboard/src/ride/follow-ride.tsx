import { useEffect, useState } from 'react';
import { type RideLink } from '#libs/client';
import { useTrip } from '#libs/client/react';
import { type TripDriverLocation, type TripStatus, type TripView } from '#libs/contracts/browser';
import { Confirmed } from '../phone/confirmed.js';
import { useOnMap } from '../phone/map-board.js';
import { minutes } from '../words/language.js';
import { type MapPicture, type Point } from '../phone/street-map.js';
import { TripChat } from '../phone/trip-chat.js';
import { tripMarks } from '../phone/trip-marks.js';
import { TripProgress } from '../phone/trip-progress.js';
import { VehicleText } from '../phone/vehicle-text.js';
import { usePhoneWords } from '../phone/words/use-phone-words.js';
import { PRESSED } from '../session/open-client.js';
import { Receipt } from './receipt.js';
import { ShareLink } from './share-link.js';

interface FollowRideProps {
  rides: RideLink<'/passengers'>;
  tripId: string;
  /** The passenger has seen how it ended. */
  onDone: () => void;
}

/** A trip from its request to its receipt. */
export function FollowRide({ rides, tripId, onDone }: FollowRideProps) {
  const words = usePhoneWords();
  const followed = useTrip(tripId);
  const message = useMessage(rides, tripId);
  const trip = followed?.trip;
  const isLive = trip && !OVER.has(trip.status);
  useOnMap(pictureOf(trip, isLive ? followed.location : null));
  if (!followed || !trip)
    return (
      <>
        <p role="status">{followed?.missed === 'gone' ? words.ride.gone : words.ride.loading}</p>
        {followed?.missed === 'gone' && (
          <button type="button" onClick={onDone}>
            {words.ride.again}
          </button>
        )}
      </>
    );

  const { location } = followed;
  const { status, driver } = trip;
  const isOver = OVER.has(status);
  const isStale = location !== null && location.quality !== 'live';
  const title =
    trip.arrivedAt && status === 'arriving' ? words.status.arrived : words.status[status];
  return (
    <>
      {!isOver && <TripProgress trip={trip} />}
      <div role="status">
        <h2>{title}</h2>
        {location && !isOver && !(trip.arrivedAt && status === 'arriving') && (
          <p>
            {location.target === 'pickup' ? words.ride.toPickup : words.ride.toDropoff}{' '}
            <strong>{minutes(location.etaMinutes)}</strong>
          </p>
        )}
        {trip.driverLostAt && <p className="notice">{words.ride.driverLost}</p>}
        {isStale && !trip.driverLostAt && !isOver && (
          <p className="muted">{words.ride.positionOld}</p>
        )}
      </div>
      {message && (
        <p className="notice good" role="status">
          {words.ride.dispatch}: {message}
        </p>
      )}
      {driver && !isOver && (
        <div className="person">
          <strong>{driver.name ?? words.ride.driver}</strong>
          <VehicleText vehicle={trip.vehicle} />
        </div>
      )}
      {status === 'completed' && <Receipt trip={trip} />}
      {status === 'cancelled' && trip.cancellation && (
        <p>
          {words.cancelledBy[trip.cancellation.by]} {trip.cancellation.reason}
        </p>
      )}
      {status === 'no_drivers_found' && <p>{words.ride.nobody}</p>}
      {isOver ? (
        <button type="button" className="primary large" onClick={onDone}>
          {words.ride.again}
        </button>
      ) : (
        <div className="row">
          {driver && (
            <TripChat
              tripId={tripId}
              name={driver.name ?? words.ride.driver}
              quickReplies={words.quick.passenger}
            />
          )}
          <ShareLink tripId={tripId} />
          <Confirmed
            label={words.ride.cancel}
            reasons={words.cancel.passenger}
            run={(reason) => rides.request('trip:cancel', { tripId, reason }, PRESSED)}
          >
            {driver ? words.ride.cancelSure : words.ride.cancelSearch}
          </Confirmed>
        </div>
      )}
    </>
  );
}

const OVER: ReadonlySet<TripStatus> = new Set(['completed', 'cancelled', 'no_drivers_found']);

/** The places of the trip and the car; in sight is the way to the pickup, then to the dropoff. */
function pictureOf(
  trip: TripView | null | undefined,
  location: TripDriverLocation | null,
): MapPicture {
  if (!trip) return { marks: [], view: [], viewKey: '' };
  const { pickup, stops, status } = trip;
  const dropoff = stops.at(-1)!;
  const marks = tripMarks(trip);
  if (location) {
    const { heading, quality } = location;
    const isStale = quality !== 'live';
    marks.push({ ...pointOf(location), heading, isStale, id: 'car', look: 'own-car' });
  }
  const target = status === 'in_progress' ? dropoff : pickup;
  return {
    marks,
    view: location ? [location, target] : [pickup, ...stops],
    // Anew when the car comes into sight, and when it turns to another target.
    viewKey: `${trip.tripId} ${status === 'in_progress'} ${location !== null}`,
  };
}

function pointOf({ lat, lng }: Point): Point {
  return { lat, lng };
}

/** What a dispatcher wrote last. */
function useMessage(rides: RideLink<'/passengers'>, tripId: string): string | undefined {
  const [message, setMessage] = useState<string>();
  useEffect(
    () => rides.on('trip:message', (fact) => fact.tripId === tripId && setMessage(fact.message)),
    [rides, tripId],
  );
  return message;
}
