import { PaymentMode } from '#libs/contracts/browser';
import { setFilters, useAddress } from '../shell/router.js';
import { type Place } from '../places/place.js';

/** What is being booked; it stands in the address, so that a reload loses nothing. */
export interface BookingDraft {
  passengerId: string | undefined;
  from: Place | undefined;
  to: Place | undefined;
  paymentMode: PaymentMode;
}

const PLACE = /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)(?:,(.*))?$/su;
/** About a metre. */
const DECIMALS = 5;

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

/** `lat,lng,address`; undefined for anything else. */
export function readPlace(text: string | null): Place | undefined {
  const [, lat, lng, address] = PLACE.exec(text ?? '') ?? [];
  const [latNumber, lngNumber] = [Number(lat), Number(lng)];
  if (lat === undefined || Math.abs(latNumber) > 90 || Math.abs(lngNumber) > 180) return undefined;
  return { lat: latNumber, lng: lngNumber, address: address ? address : null };
}

export function writePlace(place: Place | undefined): string {
  if (!place) return '';
  const { lat, lng, address } = place;
  return `${lat.toFixed(DECIMALS)},${lng.toFixed(DECIMALS)}${address ? `,${address}` : ''}`;
}
