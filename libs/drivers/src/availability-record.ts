import {
  AvailabilityReason,
  AvailabilityStatus,
  type AvailabilitySnapshot,
  type LastLocation,
} from '#libs/contracts';

/**
 * What is stored of a driver: the flags that it has set and the trip it is on. It is online when the
 * flags say so and its lease runs. So a gap in the network does not change its flags.
 */
export interface AvailabilityRecord {
  id: string;
  online: boolean;
  available: boolean;
  /** '' for none. */
  tripId: string;
  /** The trip is one of ours: only its script may take it away. Absent in records of an earlier release. */
  dispatched?: boolean;
  /** '' for none. */
  vehicleId: string;
  /** Epoch ms, 0 for never. */
  lastOnlineAt: number;
  /** When the last lease ran out, epoch ms; 0 while one runs. */
  lapsedAt: number;
  updatedAt: number;
  /** Grows by one with each change. */
  version: number;
}

/** A driver as the store knows it; `live` says that it has a lease. */
export interface DriverState {
  live: boolean;
  record: AvailabilityRecord;
}

interface KnownPosition {
  lat: number;
  lng: number;
  timestamp: number;
}

export function toLastLocation({ lat, lng }: { lat: number; lng: number }): LastLocation {
  return { lat, lng, type: 'Point', coordinates: [lng, lat] };
}

function reasonOf({ live, record }: DriverState): AvailabilityReason | null {
  if (!live || !record.online) return AvailabilityReason.offline;
  if (record.tripId !== '') return AvailabilityReason.onTrip;
  return record.available ? null : AvailabilityReason.unavailable;
}

function statusOf(reason: AvailabilityReason | null): AvailabilityStatus {
  if (reason === null) return AvailabilityStatus.available;
  return reason === AvailabilityReason.offline
    ? AvailabilityStatus.offline
    : AvailabilityStatus.busy;
}

export function availabilityStatusOf(state: DriverState): AvailabilityStatus {
  return statusOf(reasonOf(state));
}

/** Whether a driver went offline and has no trip. One who never said anything is on duty (DUTY1). */
export function isOffDuty({ online, tripId, lastOnlineAt }: AvailabilityRecord): boolean {
  return lastOnlineAt > 0 && !online && tripId === '';
}

/** Whether a driver is on a trip that this system does not know, by `driver:trip:set`. */
export function hasForeignTrip({ tripId, dispatched }: AvailabilityRecord): boolean {
  return tripId !== '' && !dispatched;
}

/** Whether a driver may be offered trips now. */
export function isMatchable(state: DriverState): boolean {
  return reasonOf(state) === null;
}

/** The one shape in which clients see a driver's availability. */
export function toAvailabilitySnapshot(
  state: DriverState,
  position: KnownPosition | null,
): AvailabilitySnapshot {
  const { record } = state;
  const reason = reasonOf(state);
  return {
    id: record.id,
    driverId: record.id,
    isOnline: reason !== AvailabilityReason.offline,
    isAvailableForTrips: reason === null,
    availabilityReason: reason,
    availabilityStatus: statusOf(reason),
    lastLocation: position ? toLastLocation(position) : null,
    lastLocationTimestamp: position ? toIso(position.timestamp) : null,
    currentTripId: record.tripId || null,
    currentVehicleId: record.vehicleId || null,
    lastOnlineTimestamp: record.lastOnlineAt > 0 ? toIso(record.lastOnlineAt) : null,
    updatedAt: toIso(record.updatedAt),
    deletedAt: null,
    version: record.version,
  };
}

/** The snapshot with the position that is known by now. */
export function withPosition(
  snapshot: AvailabilitySnapshot,
  position: KnownPosition | null,
): AvailabilitySnapshot {
  return {
    ...snapshot,
    lastLocation: position ? toLastLocation(position) : null,
    lastLocationTimestamp: position ? toIso(position.timestamp) : null,
  };
}

export function toIso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
