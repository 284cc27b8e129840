import { type TripAnnouncement, type TripHistoryEntry, type TripNotice } from './trip-history.js';
import { untouched, type OfferRecord, type TripRecord } from './trip-record.js';

/** A record as this release or an earlier one wrote it: what is newer than the record is absent. */
type StoredTrip = Pick<TripRecord, StoredFromTheStart> &
  Partial<Omit<TripRecord, StoredFromTheStart | 'search' | 'odometer' | 'waiting' | 'offers'>> & {
    search?: Partial<TripRecord['search']>;
    odometer?: Partial<TripRecord['odometer']>;
    waiting?: Partial<TripRecord['waiting']>;
    offers?: StoredOffer[];
  };

type StoredFromTheStart = Exclude<keyof TripRecord, keyof ReturnType<typeof untouched>>;

type StoredOffer = Pick<OfferRecord, 'assignmentId' | 'driverId' | 'status'> & Partial<OfferRecord>;

/** An earlier release called the notices `tellings`. */
type StoredEntry = Omit<TripHistoryEntry, 'notices'> &
  Partial<Record<'notices' | 'tellings', TripNotice[]>>;

type StoredAnnouncement = Omit<TripAnnouncement, 'entries'> & { entries: StoredEntry[] };

const UNANSWERED: Omit<OfferRecord, 'assignmentId' | 'driverId' | 'status'> = {
  offeredAt: 0,
  deliverBy: 0,
  deliveredAt: 0,
  expiresAt: 0,
  answeredAt: 0,
  reason: null,
  distanceMeters: 0,
  etaMs: 0,
};

/** Reads a record of whatever release; what it lacks is as in a trip to which it never happened. */
export function readTripRecord(json: string): TripRecord {
  const stored = JSON.parse(json) as StoredTrip;
  const rest = untouched();
  return {
    ...rest,
    ...stored,
    search: { ...rest.search, ...stored.search },
    odometer: { ...rest.odometer, ...stored.odometer },
    waiting: { ...rest.waiting, ...stored.waiting },
    offers: (stored.offers ?? []).map((offer) => ({ ...UNANSWERED, ...offer })),
  };
}

export function readHistoryEntry(json: string): TripHistoryEntry {
  return toEntry(JSON.parse(json) as StoredEntry);
}

export function readTripAnnouncement(json: string): TripAnnouncement {
  return toAnnouncement(JSON.parse(json) as StoredAnnouncement);
}

/** Of what comes on the channel of a person: the announcement of its trips, or null. */
export function tripAnnouncementIn(message: object): TripAnnouncement | null {
  return isAnnouncement(message) ? toAnnouncement(message) : null;
}

function isAnnouncement(message: object): message is StoredAnnouncement {
  return 'tripId' in message && 'entries' in message;
}

function toAnnouncement(stored: StoredAnnouncement): TripAnnouncement {
  return { ...stored, entries: stored.entries.map(toEntry) };
}

function toEntry({ tellings, notices, ...entry }: StoredEntry): TripHistoryEntry {
  return { ...entry, notices: notices ?? tellings ?? [] };
}
