import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { type CityPoint } from '#libs/city/browser';
import { useStreetWay } from '../city/use-street-way.js';
import { type Pin } from '../places/place-map.js';
import { PlaceMap } from '../places/place-map-part.js';
import { ask } from '../session/rest.js';
import { type Dispatch } from '../shell/dispatch.js';
import { useViewWords } from '../words/view-words.js';
import { minutes, useWords } from '../words/words.js';
import { placeText, type AdminTrip } from './admin-trip.js';
import { tripsWords } from './trips-words.js';

interface TripRouteProps {
  trip: AdminTrip;
  dispatch: Dispatch;
}

/** Where the trip goes, the way that was driven, and where the driver is now. */
export function TripRoute({ trip, dispatch }: TripRouteProps) {
  const words = useWords();
  const more = useViewWords(tripsWords);
  const location = useDriverLocation(trip.id, dispatch);
  const line = useDrivenWay(trip);
  const plan = usePlan(trip);
  const places = JSON.stringify([trip.pickup, trip.stops]);
  const driverAt = location && `${location.lat},${location.lng}`;
  const pins = useMemo((): readonly Pin[] => {
    const [pickup, stops] = JSON.parse(places) as [AdminTrip['pickup'], AdminTrip['stops']];
    const [lat, lng] = driverAt ? driverAt.split(',').map(Number) : [];
    return [
      { ...pickup, kind: 'pickup', label: pickup.address ?? placeText(pickup) },
      ...stops.map((stop, i): Pin => ({
        ...stop,
        kind: i === stops.length - 1 ? 'dropoff' : 'stop',
        label: stop.address ?? placeText(stop),
        ...(i < stops.length - 1 ? { number: i + 1 } : {}),
      })),
      ...(lat !== undefined && lng !== undefined
        ? [{ lat, lng, kind: 'driver' as const, label: words.trips.driver }]
        : []),
    ];
  }, [places, driverAt, words]);

  return (
    <section className="trip-route no-print" aria-label={more.route}>
      <PlaceMap label={more.route} pins={pins} line={line} plan={plan} />
      {location && (
        <p role="status" data-eta={location.etaMinutes}>
          {location.target === 'pickup' ? words.mapTools.etaPickup : words.mapTools.eta}{' '}
          <strong>{minutes(location.etaMinutes)}</strong>
        </p>
      )}
    </section>
  );
}

/** The dispatcher joins the trip, and is told where its driver is. */
function useDriverLocation(tripId: string, { admin }: Dispatch) {
  const { trips } = admin;
  const [watch, look] = useMemo(
    () => [
      (listener: () => void) => trips.watch(tripId, listener),
      () => (trips.has(tripId) ? trips.look(tripId).location : null),
    ],
    [trips, tripId],
  );
  return useSyncExternalStore(watch, look);
}

const NOTHING: readonly CityPoint[] = [];

/** Where the trip is to go, along the streets where they are known; where it went is another line. */
function usePlan({ pickup, stops }: AdminTrip): {
  points: readonly CityPoint[];
  isAlongStreets: boolean;
} {
  const places = [pickup, ...stops].map(({ lat, lng }) => ({ lat, lng }));
  const way = useStreetWay(places);
  const key = JSON.stringify(places);
  return useMemo(
    () =>
      way
        ? { points: way, isAlongStreets: true }
        : { points: JSON.parse(key) as CityPoint[], isAlongStreets: false },
    [way, key],
  );
}

/** The driver's fixes from the acceptance to the end; read again with each step of the trip. */
function useDrivenWay({ driverId, acceptedAt, completedAt, cancelledAt, version }: AdminTrip) {
  const [line, setLine] = useState<readonly CityPoint[]>(NOTHING);
  useEffect(() => {
    if (!driverId || !acceptedAt) return setLine(NOTHING);
    const controller = new AbortController();
    const to = completedAt ?? cancelledAt ?? undefined;
    ask<CityPoint[]>('GET', `driver-availability/${driverId}/history`, {
      query: { from: acceptedAt, to },
      signal: controller.signal,
    }).then(
      ({ data }) => setLine(data.map(({ lat, lng }) => ({ lat, lng }))),
      // Not kept any more: the places are shown without it.
      () => undefined,
    );
    return () => controller.abort();
  }, [driverId, acceptedAt, completedAt, cancelledAt, version]);
  return line;
}
