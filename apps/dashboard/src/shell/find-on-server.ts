import { UserType } from '#libs/contracts/browser';
import { ask } from '../session/rest.js';

/** A trip or a driver that fits what was typed. */
export interface FoundOnServer {
  key: string;
  kind: 'trip' | 'driver';
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
  vehicle?: { plate: string };
}

const MOST_TRIPS = 6;
const MOST_DRIVERS = 5;

/**
 * Trips by passenger, driver, address or id; drivers by name, number plate, address, number or id.
 * @throws RestFailure
 */
export async function findOnServer(text: string, signal: AbortSignal): Promise<FoundOnServer[]> {
  const [drivers, trips] = await Promise.all([findDrivers(text, signal), findTrips(text, signal)]);
  return [...drivers, ...trips];
}

async function findDrivers(text: string, signal: AbortSignal): Promise<FoundOnServer[]> {
  const { data } = await ask<UserFound[]>('GET', 'admin/users', {
    query: { q: text, userType: UserType.driver, limit: MOST_DRIVERS },
    signal,
  });
  return data.map(({ id, name, email, vehicle }) => ({
    key: `driver ${id}`,
    kind: 'driver',
    label: [name ?? email ?? id, vehicle?.plate].filter(Boolean).join(', '),
    path: `/drivers/${id}`,
  }));
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
