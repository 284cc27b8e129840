import { useEffect, useState } from 'react';
import { type FareBreakdown } from '#libs/contracts/browser';
import { type Point } from '../phone/street-map.js';
import { ask, RestFailure } from '../session/rest.js';

interface Estimate {
  fare?: FareBreakdown;
  /** Why there is none. */
  failure?: RestFailure;
}

/**
 * What a ride would cost, requested now; asked anew when one of its places changes.
 * @param way from the pickup over the stops to the dropoff; undefined while it is not whole
 */
export function useEstimate(way: readonly Point[] | undefined): Estimate {
  const [estimate, setEstimate] = useState<Estimate>({});
  const path = way && JSON.stringify(bodyOf(way));
  useEffect(() => {
    setEstimate({});
    if (!path) return undefined;
    const asked = new AbortController();
    const body: unknown = JSON.parse(path);
    ask<FareBreakdown>('POST', 'trips/estimate', { body, signal: asked.signal }).then(
      ({ data }) => setEstimate({ fare: data }),
      (error: unknown) => {
        if (asked.signal.aborted) return;
        if (!(error instanceof RestFailure)) throw error;
        setEstimate({ failure: error });
      },
    );
    return () => asked.abort();
  }, [path]);
  return estimate;
}

function bodyOf(way: readonly Point[]): object {
  const [pickupPoint, ...stops] = way.map(({ lat, lng }) => ({ lat, lng }));
  return { pickupPoint, stops: stops.map((point) => ({ point })) };
}
