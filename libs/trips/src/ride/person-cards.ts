import { type Account } from '#libs/accounts';
import { type DriverCard, type PassengerCard } from '#libs/contracts';

/** What a driver is told about a passenger: the least that finding each other needs. */
export function toPassengerCard(id: string, account: Account | undefined): PassengerCard {
  const { name, phoneNumber } = account ?? {};
  return { id, name: name ?? null, photoUrl: null, phoneMasked: maskPhone(phoneNumber) };
}

/** What a passenger is told about a driver. */
export function toDriverCard(id: string, account: Account | undefined): DriverCard {
  const { name, phoneNumber } = account ?? {};
  return {
    id,
    name: name ?? null,
    photoUrl: null,
    phoneMasked: maskPhone(phoneNumber),
    phone: null,
    ratingAvg: null,
    ratingCount: null,
  };
}

/** All but the last two digits. */
function maskPhone(phoneNumber: string | undefined): string | null {
  if (!phoneNumber) return null;
  return phoneNumber.replaceAll(/\d(?=\d{2})/g, '*');
}
