import { useEffect, useRef, useState } from 'react';
import { type RideLink, type StandingRequest } from '#libs/client';
import { type NearbyCar } from '#libs/contracts/browser';
import { type Point } from '../phone/street-map.js';

/** The free cars around a place, as they move. */
export function useNearbyCars(rides: RideLink<'/passengers'>, { lat, lng }: Point): NearbyCar[] {
  const [cars, setCars] = useState<ReadonlyMap<string, NearbyCar>>(new Map());
  const standing = useRef<StandingRequest<Point, unknown>>(undefined);
  useEffect(() => {
    const ends = [
      rides.on('nearby:snapshot', (snapshot) =>
        setCars(new Map(snapshot.cars.map((car) => [car.id, car]))),
      ),
      rides.on('nearby:update', ({ changed, left }) =>
        setCars((before) => {
          const after = new Map(before);
          for (const id of left) after.delete(id);
          for (const car of changed) after.set(car.id, car);
          return after;
        }),
      ),
    ];
    // Asked for now and after each return of the connection.
    standing.current = rides.keep('nearby:subscribe', { lat, lng });
    return () => {
      for (const end of ends) end();
      standing.current?.stop();
      rides.send('nearby:unsubscribe', {});
    };
  }, [rides]);
  useEffect(() => standing.current?.change({ lat, lng }), [lat, lng]);
  return [...cars.values()];
}
