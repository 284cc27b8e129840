import { UserType } from '#libs/contracts/browser';
import { ask } from '../session/rest.js';

/** A trip or a person that fits what was typed. */
export interface FoundOnServer {
  key: string;
  kind: 'trip' | UserType;
  label: string;
  /** Of its view. */
  path: string;
}

interface TripFound {
  id: string;
  status: string;
  passenger?: { name?: string | null } | null;
  pickup: { address: string | null };
}

interface UserFound {
  id: string;
  name?: string | null;
  email?: string | null;
  phoneNumber?: string | null;
  vehicle?: { plate: string };
}

const MOST_TRIPS = 6;
/** Of each type: many passengers do not push out a driver. */
const MOST_PEOPLE = 4;

/**
 * Trips by passenger, driver, address or id; people by name, number plate, address, number or id.
 * @throws RestFailure
 */
export async function findOnServer(text: string, signal: AbortSignal): Promise<FoundOnServer[]> {
  const types = [UserType.driver, UserType.passenger, UserType.admin];
  const found = await Promise.all([
    ...types.map((userType) => findPeople(text, userType, signal)),
    findTrips(text, signal),
  ]);
  return found.flat();
}

async function findPeople(
  text: string,
  userType: UserType,
  signal: AbortSignal,
): Promise<FoundOnServer[]> {
  const { data } = await ask<UserFound[]>('GET', 'admin/users', {
    query: { q: text, userType, limit: MOST_PEOPLE },
    signal,
  });
  return data.map(({ id, name, email, phoneNumber, vehicle }) => {
    const contact = phoneNumber ?? email;
    return {
      key: `${userType} ${id}`,
      kind: userType,
      // A number that was typed is to be seen in what it found.
      label: [name ?? contact ?? id, vehicle?.plate, name ? contact : undefined]
        .filter(Boolean)
        .join(', '),
      path: userType === UserType.driver ? `/drivers/${id}` : `/users/${id}`,
    };
  });
}

async function findTrips(text: string, signal: AbortSignal): Promise<FoundOnServer[]> {
  const { data } = await ask<TripFound[]>('GET', 'admin/trips', {
    query: { q: text, limit: MOST_TRIPS },
    signal,
  });
  return data.map(({ id, passenger, pickup }) => ({
    key: `trip ${id}`,
    kind: 'trip',
    label: [passenger?.name, pickup.address ?? id].filter(Boolean).join(', '),
    path: `/trips/${id}`,
  }));
}
