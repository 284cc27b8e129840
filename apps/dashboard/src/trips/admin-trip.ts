import { type TripView } from '#libs/contracts/browser';
import { type Answer } from '../session/rest.js';

/** A trip as dispatchers read it. */
export interface AdminTrip extends TripView {
  statusAgeMs: number;
  isStuck: boolean;
}

/** A trip that is shown: how long it is in its state grows while it is. */
export interface ShownTrip extends AdminTrip {
  /** Since when it is in its state, by the clock of this page, epoch ms. */
  heldSince: number;
}

/** What was read, told by the clock of this page: that of the server may be another one. */
export function shownTrip<T extends AdminTrip>(
  trip: T,
  { receivedAt }: Pick<Answer<unknown>, 'receivedAt'>,
): T & ShownTrip {
  return { ...trip, heldSince: receivedAt - trip.statusAgeMs };
}

/** A place without an address. */
export function placeText({ lat, lng }: { lat: number; lng: number }): string {
  return `${lat.toFixed(4)}, ${lng.toFixed(4)}`;
}
