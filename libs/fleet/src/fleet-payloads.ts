import {
  type AvailabilitySnapshot,
  type DriverLocationUpdate,
  type DriverQualityUpdate,
  type DriverTripUpdate,
  type FramedPosition,
  type LiveDriver,
  type ViewportDriver,
} from '#libs/contracts';
import { availabilityStatusOf, toAvailabilitySnapshot, toIso, toLastLocation } from '#libs/drivers';
import { ageMs, qualityOf, type QualityLimits, type StoredPosition } from '#libs/location';
import { type FleetDriver } from './fleet-grid.js';
import { type QualityChange } from './fleet-view.js';

export function toFramedPosition(
  driverId: string,
  position: StoredPosition,
  now: number,
  limits: QualityLimits,
): FramedPosition {
  const { lat, lng, timestamp, accuracy, heading, speed } = position;
  const age = ageMs(timestamp, now);
  return {
    driverId,
    lat,
    lng,
    timestamp,
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(heading === undefined ? {} : { heading }),
    ...(speed === undefined ? {} : { speed }),
    ageMs: age,
    quality: qualityOf(age, limits),
  };
}

/** The superset that every known reader of `driver:location:update` understands. */
export function toLocationUpdate(frame: FramedPosition): DriverLocationUpdate {
  const { driverId, lat, lng, timestamp, ...rest } = frame;
  const iso = toIso(timestamp);
  return {
    driverId,
    lastLocation: toLastLocation({ lat, lng }),
    coords: { lat, lng },
    lastLocationTimestamp: iso,
    timestamp: iso,
    ...rest,
  };
}

export function toDriverSnapshot({ record, position }: FleetDriver): AvailabilitySnapshot {
  return toAvailabilitySnapshot({ live: true, record }, position);
}

export function toLiveDriver(driver: FleetDriver, now: number, limits: QualityLimits): LiveDriver {
  const { record, position } = driver;
  return {
    ...toDriverSnapshot(driver),
    position: position ? toFramedPosition(record.id, position, now, limits) : null,
  };
}

export function toTripUpdate(snapshot: AvailabilitySnapshot): DriverTripUpdate {
  const { driverId, currentTripId, availabilityReason, availabilityStatus, isAvailableForTrips } =
    snapshot;
  return { driverId, currentTripId, availabilityReason, availabilityStatus, isAvailableForTrips };
}

export function toQualityUpdate(
  { driver, quality, previousQuality }: QualityChange,
  now: number,
): DriverQualityUpdate {
  const timestamp = driver.position?.timestamp ?? now;
  return {
    driverId: driver.record.id,
    quality,
    previousQuality,
    ageMs: ageMs(timestamp, now),
    lastLocationTimestamp: toIso(timestamp),
    at: toIso(now),
  };
}

export function toViewportDriver(
  { record, position }: FleetDriver,
  now: number,
  limits: QualityLimits,
): ViewportDriver {
  return {
    ...toFramedPosition(record.id, position!, now, limits),
    availabilityStatus: availabilityStatusOf({ live: true, record }),
    currentTripId: record.tripId || null,
  };
}
