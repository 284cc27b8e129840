import { type RideNamespace, type TripState } from '../index.js';
import { useRidewire } from './context.js';
import { useBook, type Followed } from './use-book.js';

/**
 * A trip, followed while the component is there.
 * @param tripId null for none yet
 * @param namespace whose eyes it is seen with. Default `/passengers`
 */
export function useTrip(
  tripId: string | null,
  namespace: RideNamespace = '/passengers',
): Followed<TripState> | null {
  return useBook(useRidewire().namespace(namespace).trips, tripId);
}
