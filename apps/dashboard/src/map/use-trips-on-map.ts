import { useEffect, useRef, useState } from 'react';
import { type TripState } from '#libs/client';
import { type TripView } from '#libs/contracts/browser';
import { findWay } from '../city/use-street-way.js';
import { type Dispatch } from '../shell/dispatch.js';
import { LiveTrips } from './live-trips.js';
import { type MapDesk } from './map-desk.js';
import { Level } from './map-overlay.js';
import { WaysOfTrips } from './trip-ways.js';
import { tripsDrawing } from './trips-drawing.js';

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
  const [count, setCount] = useState(0);

  useEffect(() => {
    chosen.current = selected;
    desk.overlay.outdate();
  }, [desk, selected]);

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
    const ways = new WaysOfTrips(findWay, desk.overlay.outdate);
    const drawing = tripsDrawing(desk.fleet, ways, () => ({
      all: live.current?.trips.values() ?? NOTHING,
      selected: chosen.current?.trip ?? null,
      driverPlace: chosen.current?.location ?? null,
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

const NOTHING: readonly TripView[] = [];
