import { type TripPage, type TripPageQuery, type TripRecord } from '#libs/trips';
import { Page } from '../envelope.js';

/** Says how far the trips were looked at, and never a total that nobody has counted. */
export function toPage<T>(
  { trips, total, isComplete, continueAt, asOf }: TripPage,
  { page, limit }: TripPageQuery,
  view: (trip: TripRecord) => T,
): Page<T> {
  return new Page(
    trips.map(view),
    { total, page, limit },
    {
      isComplete,
      continueAt: continueAt === null ? null : new Date(continueAt).toISOString(),
      asOf,
    },
  );
}
