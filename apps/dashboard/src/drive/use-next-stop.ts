import { useState } from 'react';
import { type TripView } from '#libs/contracts/browser';
import { keep, keptOf } from '../shell/kept.js';

const KEPT = 'next stop';

interface Progress {
  tripId: string;
  index: number;
}

/** Which stop of the trip is next; the driver says when it goes on to the one behind it. */
export function useNextStop(trip: TripView | null): { index: number; goOn: () => void } {
  const [progress, setProgress] = useState(() => keptOf<Progress>(KEPT));
  const index = trip && progress?.tripId === trip.tripId ? progress.index : 0;
  const goOn = (): void => {
    if (!trip || index >= trip.stops.length - 1) return;
    const next = { tripId: trip.tripId, index: index + 1 };
    keep(KEPT, next);
    setProgress(next);
  };
  return { index, goOn };
}
