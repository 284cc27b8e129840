import { PaymentMode } from '#libs/contracts/browser';
import { setFilters, useAddress } from '../shell/router.js';
import { readPlace, writePlace, type Place } from '../places/place.js';

/** What is being booked; it stands in the address, so that a reload loses nothing. */
export interface BookingDraft {
  passengerId: string | undefined;
  from: Place | undefined;
  to: Place | undefined;
  paymentMode: PaymentMode;
}

export function useBookingDraft(): BookingDraft {
  const { searchParams } = useAddress();
  const mode = Object.values(PaymentMode).find((each) => each === searchParams.get('pay'));
  return {
    passengerId: searchParams.get('passenger') ?? undefined,
    from: readPlace(searchParams.get('from')),
    to: readPlace(searchParams.get('to')),
    paymentMode: mode ?? PaymentMode.cash,
  };
}

export function changeDraft(change: Partial<BookingDraft>): void {
  setFilters({
    ...('passengerId' in change ? { passenger: change.passengerId ?? '' } : {}),
    ...('from' in change ? { from: writePlace(change.from) } : {}),
    ...('to' in change ? { to: writePlace(change.to) } : {}),
    ...(change.paymentMode ? { pay: change.paymentMode } : {}),
  });
}
