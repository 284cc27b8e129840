export const AvailabilityReason = {
  offline: 'OFFLINE',
  onTrip: 'ON_TRIP',
  unavailable: 'UNAVAILABLE',
} as const;
export type AvailabilityReason = (typeof AvailabilityReason)[keyof typeof AvailabilityReason];

export const AvailabilityStatus = {
  available: 'AVAILABLE',
  busy: 'BUSY',
  offline: 'OFFLINE',
} as const;
export type AvailabilityStatus = (typeof AvailabilityStatus)[keyof typeof AvailabilityStatus];

/** A position in every spelling that existing readers know. */
export interface LastLocation {
  lat: number;
  lng: number;
  type: 'Point';
  /** `[lng, lat]`. */
  coordinates: [number, number];
}

/** A driver as acks, `driver:availability:update` and REST show it. Times are ISO 8601. */
export interface AvailabilitySnapshot {
  /** Same as `driverId`: there is one availability a driver. */
  id: string;
  driverId: string;
  isOnline: boolean;
  isAvailableForTrips: boolean;
  /** Null means matchable. */
  availabilityReason: AvailabilityReason | null;
  availabilityStatus: AvailabilityStatus;
  lastLocation: LastLocation | null;
  lastLocationTimestamp: string | null;
  currentTripId: string | null;
  currentVehicleId: string | null;
  lastOnlineTimestamp: string | null;
  updatedAt: string;
  deletedAt: null;
  /** Grows with every change of this driver's availability. */
  version: number;
}
