import { useEffect, useState } from 'react';
import { type FareBreakdown } from '#libs/contracts/browser';
import { type Point } from '../phone/street-map.js';
import { ask, RestFailure } from '../session/rest.js';

interface Estimate {
  fare?: FareBreakdown;
  /** Why there is none, as the server says it. */
  failure?: string;
}

/** What a ride would cost, requested now; asked anew when one of its ends changes. */
export function useEstimate(pickup: Point | undefined, dropoff: Point | undefined): Estimate {
  const [estimate, setEstimate] = useState<Estimate>({});
  const path = pickup && dropoff && JSON.stringify(bodyOf(pickup, dropoff));
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
        setEstimate({ failure: error.message });
      },
    );
    return () => asked.abort();
  }, [path]);
  return estimate;
}

function bodyOf(pickup: Point, dropoff: Point): object {
  const pointOf = ({ lat, lng }: Point): Point => ({ lat, lng });
  return { pickupPoint: pointOf(pickup), stops: [{ point: pointOf(dropoff) }] };
}
