import { useEffect, useMemo, useRef, useState } from 'react';
import { type TripState } from '#libs/client';
import { type TripView } from '#libs/contracts/browser';
import { useStreetWay } from '../city/use-street-way.js';
import { type Dispatch } from '../shell/dispatch.js';
import { LiveTrips } from './live-trips.js';
import { type MapDesk } from './map-desk.js';
import { Level } from './map-overlay.js';
import { tripsDrawing, type TripWays } from './trips-drawing.js';

/** Cars move under the lines to them. */
const FOLLOW_INTERVAL_MS = 120;

/** A trip with its driver's place, as long as somebody looks at it; null while it is not known. */
export function useWatchedTrip(dispatch: Dispatch, tripId: string | null): TripState | null {
  const [state, setState] = useState<TripState | null>(null);
  useEffect(() => {
    if (!tripId) return undefined;
    const { trips } = dispatch.admin;
    const look = (): void => setState(trips.look(tripId));
    const end = trips.watch(tripId, look);
    look();
    return () => {
      end();
      setState(null);
    };
  }, [dispatch, tripId]);
  return state;
}

/**
 * Draws the selected trip, and all that are not over while that is wanted.
 * @returns how many those are
 */
export function useTripsOnMap(
  desk: MapDesk,
  dispatch: Dispatch,
  selected: TripState | null,
  showsAll: boolean,
): number {
  const live = useRef<LiveTrips>(undefined);
  const chosen = useRef<TripState | null>(selected);
  const ways = useWays(selected);
  const drawnWays = useRef<TripWays>(ways);
  const [count, setCount] = useState(0);

  useEffect(() => {
    chosen.current = selected;
    drawnWays.current = ways;
    desk.overlay.outdate();
  }, [desk, selected, ways]);

  useEffect(() => {
    if (!showsAll) return undefined;
    const opened = new LiveTrips(dispatch, () => {
      setCount(opened.trips.size);
      desk.overlay.outdate();
    });
    live.current = opened;
    const endPicking = desk.pickTripsFrom(() => opened.trips.values());
    return () => {
      endPicking();
      opened.stop();
      live.current = undefined;
      setCount(0);
      desk.overlay.outdate();
    };
  }, [desk, dispatch, showsAll]);

  useEffect(() => {
    const drawing = tripsDrawing(desk.fleet, () => ({
      all: live.current?.trips.values() ?? NOTHING,
      selected: chosen.current?.trip ?? null,
      driverPlace: chosen.current?.location ?? null,
      ways: drawnWays.current,
    }));
    const end = desk.overlay.add(Level.trips, drawing);
    const follow = setInterval(() => {
      const hasLines = live.current || chosen.current;
      if (hasLines && desk.fleet.isMoving(performance.now())) desk.overlay.outdate();
    }, FOLLOW_INTERVAL_MS);
    return () => {
      clearInterval(follow);
      end();
    };
  }, [desk]);

  return count;
}

/** A car is searched a way for again after about a hundred metres. */
const COARSE_DECIMALS = 3;
const NO_PLACES: readonly never[] = [];

/** The ways of the selected trip along the streets. */
function useWays(selected: TripState | null): TripWays {
  const trip = selected?.trip;
  const isRiding = trip?.status === 'in_progress';
  const car = selected?.location && {
    lat: Number(selected.location.lat.toFixed(COARSE_DECIMALS)),
    lng: Number(selected.location.lng.toFixed(COARSE_DECIMALS)),
  };
  const whole = useStreetWay(trip ? [trip.pickup, ...trip.stops] : NO_PLACES);
  const targets = trip && (isRiding ? trip.stops : [trip.pickup]);
  const ahead = useStreetWay(car && targets ? [car, ...targets] : NO_PLACES);
  return useMemo(() => ({ whole, ahead }), [whole, ahead]);
}

const NOTHING: readonly TripView[] = [];
