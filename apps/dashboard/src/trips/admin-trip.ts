import { type TripView } from '#libs/contracts/browser';

/** A trip as dispatchers read it. */
export interface AdminTrip extends TripView {
  statusAgeMs: number;
  isStuck: boolean;
}

/** A place without an address. */
export function placeText({ lat, lng }: { lat: number; lng: number }): string {
  return `${lat.toFixed(4)}, ${lng.toFixed(4)}`;
}
