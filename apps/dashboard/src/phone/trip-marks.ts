import { type MapMark, type Point } from './street-map.js';

/** Where a trip begins, stops and ends, the last stop being the dropoff. */
export function tripMarks({
  pickup,
  stops,
}: {
  pickup: Point;
  stops: readonly Point[];
}): MapMark[] {
  return [pickup, ...stops].map(({ lat, lng }, i) => {
    const look = i === 0 ? 'pickup' : i === stops.length ? 'dropoff' : 'stop';
    return { id: look === 'stop' ? `stop ${i}` : look, look, lat, lng };
  });
}
