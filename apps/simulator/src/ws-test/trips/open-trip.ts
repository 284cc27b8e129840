import { PassengersRequest } from '#libs/contracts';
import { type Say } from '../check-socket.js';
import { type TripWitness } from './trip-witness.js';

/**
 * A passenger has one trip at a time: cancels what a run that was stopped half-way left behind.
 * @param kept a trip that is not cancelled
 * @returns whether the passenger may request a trip now
 */
export async function cancelOpenTrip(
  passenger: TripWitness,
  say: Say,
  kept?: string,
): Promise<boolean> {
  // All that a connection is told when it opens comes before the first answer.
  await passenger.socket.request(PassengersRequest.nearbyUnsubscribe, {});
  const tripId = passenger.shownOnConnecting;
  if (tripId === undefined) return true;
  if (tripId === kept) return false;
  await passenger.socket.request(PassengersRequest.tripCancel, { tripId, reason: 'check' });
  say(`cancelled trip ${tripId}, which the passenger still had open`);
  return true;
}
