import { part } from '../shell/part.js';

/** The map of places, whose code is more than that of all else. */
export const PlaceMap = part(
  async () => (await import('./place-map.js')).PlaceMap,
  <div className="place-map" />,
);
