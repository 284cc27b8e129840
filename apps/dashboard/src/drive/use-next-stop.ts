import { useState } from 'react';
import { type TripView } from '#libs/contracts/browser';

const STORED = 'ridewire:next-stop';

interface Progress {
  tripId: string;
  index: number;
}

/** Which stop of the trip is next; the driver says when it goes on to the one behind it. */
export function useNextStop(trip: TripView | null): { index: number; goOn: () => void } {
  const [progress, setProgress] = useState(storedProgress);
  const index = trip && progress?.tripId === trip.tripId ? progress.index : 0;
  const goOn = (): void => {
    if (!trip || index >= trip.stops.length - 1) return;
    const next = { tripId: trip.tripId, index: index + 1 };
    sessionStorage.setItem(STORED, JSON.stringify(next));
    setProgress(next);
  };
  return { index, goOn };
}

/** Of before a reload. */
function storedProgress(): Progress | undefined {
  const stored = sessionStorage.getItem(STORED);
  return stored === null ? undefined : (JSON.parse(stored) as Progress);
}
