import { PaymentMode } from '#libs/contracts/browser';
import { setFilters, useAddress } from '../shell/router.js';
import { readPlace, writePlace, type Place } from '../places/place.js';
import { readStops, writeStops, type Stops } from './stops.js';

/** What is being booked; it stands in the address, so that a reload loses nothing. */
export interface BookingDraft {
  passengerId: string | undefined;
  from: Place | undefined;
  stops: Stops;
  paymentMode: PaymentMode;
}

export function useBookingDraft(): BookingDraft {
  const { searchParams } = useAddress();
  return draftIn(searchParams);
}

/** As it is now, also when a page that was drawn before asks. */
export function currentDraft(): BookingDraft {
  return draftIn(new URLSearchParams(location.search));
}

export function changeDraft(change: Partial<BookingDraft>): void {
  setFilters({
    ...('passengerId' in change ? { passenger: change.passengerId ?? '' } : {}),
    ...('from' in change ? { from: writePlace(change.from) } : {}),
    ...(change.stops ? writeStops(change.stops) : {}),
    ...(change.paymentMode ? { pay: change.paymentMode } : {}),
  });
}

function draftIn(searchParams: URLSearchParams): BookingDraft {
  const mode = Object.values(PaymentMode).find((each) => each === searchParams.get('pay'));
  return {
    passengerId: searchParams.get('passenger') ?? undefined,
    from: readPlace(searchParams.get('from')),
    stops: readStops(searchParams.get('to'), searchParams.get('via')),
    paymentMode: mode ?? PaymentMode.cash,
  };
}
