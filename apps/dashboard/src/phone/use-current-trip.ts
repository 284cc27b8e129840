import { useCallback, useEffect, useRef, useState } from 'react';
import { type RideLink } from '#libs/client';

/**
 * Which trip is shown: the one under way, whichever device or dispatcher began it, until it is put
 * away.
 */
export function useCurrentTrip(link: RideLink<'/passengers'> | RideLink<'/drivers'>): {
  tripId: string | null;
  putAway: () => void;
} {
  const [tripId, setTripId] = useState<string | null>(null);
  const wasPutAway = useRef<string>(undefined);
  useEffect(() => {
    const look = (): void => {
      const current = link.trips.current();
      if (current && current.tripId !== wasPutAway.current) setTripId(current.tripId);
    };
    look();
    return link.join({ ready: look, learn: look, receive: look });
  }, [link]);
  const putAway = useCallback(() => {
    setTripId((shown) => {
      wasPutAway.current = shown ?? undefined;
      return null;
    });
  }, []);
  return { tripId, putAway };
}
