import { ID_PATTERN, UserType } from '#libs/contracts/browser';
import { ask, RestFailure } from '../session/rest.js';

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
  userType: UserType;
  name?: string | null;
  email?: string | null;
}

const MOST_TRIPS = 6;

/**
 * Trips by passenger, driver, address or id; drivers by their whole id.
 * @throws RestFailure
 */
export async function findOnServer(text: string, signal: AbortSignal): Promise<FoundOnServer[]> {
  const [drivers, trips] = await Promise.all([findDriver(text, signal), findTrips(text, signal)]);
  return [...drivers, ...trips];
}

async function findDriver(text: string, signal: AbortSignal): Promise<FoundOnServer[]> {
  if (!ID_PATTERN.test(text)) return [];
  try {
    const { data } = await ask<UserFound>('GET', `admin/users/${text}`, { signal });
    if (data.userType !== UserType.driver) return [];
    const label = data.name ?? data.email ?? data.id;
    return [{ key: `driver ${data.id}`, kind: 'driver', label, path: `/drivers/${data.id}` }];
  } catch (error) {
    if (error instanceof RestFailure && error.status === 404) return [];
    throw error;
  }
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
