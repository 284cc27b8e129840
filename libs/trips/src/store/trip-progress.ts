import { legOf, type TripLeg } from '../trip-leg.js';
import { TripHistoryType, type TripAnnouncement, type TripHistoryEntry } from './trip-history.js';
import { type TripRecord } from './trip-record.js';

/** Where a trip is, as far as whoever follows its driver has to know. */
export interface TripProgress {
  tripId: string;
  /** The number of the newest event that this is true for. */
  version: number;
  leg: TripLeg | null;
  /** What the events before this said of the driver's arrival; absent when they said nothing of it. */
  toldEtaMinutes?: number | null;
}

/** @param told events that went out together with the knowledge of this state */
export function progressOf(trip: TripRecord, told: readonly TripHistoryEntry[] = []): TripProgress {
  return { tripId: trip.id, version: trip.version, leg: legOf(trip), ...toldEtaIn(told) };
}

export function progressIn({ tripId, leg, entries }: TripAnnouncement): TripProgress {
  return { tripId, version: entries.at(-1)!.version, leg, ...toldEtaIn(entries) };
}

function toldEtaIn(entries: readonly TripHistoryEntry[]): Pick<TripProgress, 'toldEtaMinutes'> {
  const entry = entries.findLast(({ type }) => type === TripHistoryType.enRoute);
  return entry ? { toldEtaMinutes: entry.data['etaMinutes'] as number | null } : {};
}
