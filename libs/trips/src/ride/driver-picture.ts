import {
  TripStatus,
  type DriverEnRouteUpdate,
  type PositionQuality,
  type SharedPosition,
  type TripDriverLocation,
} from '#libs/contracts';
import {
  ageMs,
  distanceMeters,
  estimateEtaMs,
  qualityOf,
  type QualityLimits,
  type StoredPosition,
} from '#libs/location';
import { type TripLeg } from '../trip-leg.js';

const MS_PER_MINUTE = 60_000;

export interface PictureSettings {
  quality: QualityLimits;
  assumedSpeedKmh: number;
}

/** The driver of a trip as people see it at one moment. */
export interface DriverPicture {
  /** Counts the pictures of a trip: a client that has seen this number need not see it again. */
  sequence: number;
  leg: TripLeg;
  position: StoredPosition;
  /** The server's clock, epoch ms. */
  at: number;
  ageMs: number;
  quality: PositionQuality;
  etaMinutes: number;
}

/**
 * The next picture. Its number is that of the one before unless something but the age has changed. A
 * newer fix at the same place is a change: a car that stands is not one that has fallen silent.
 */
export function nextPicture(
  before: DriverPicture | undefined,
  leg: TripLeg,
  position: StoredPosition,
  now: number,
  { quality: limits, assumedSpeedKmh }: PictureSettings,
): DriverPicture {
  const age = ageMs(position.timestamp, now);
  const quality = qualityOf(age, limits);
  const etaMs = estimateEtaMs(distanceMeters(position, leg.destination), assumedSpeedKmh);
  const etaMinutes = Math.round(etaMs / MS_PER_MINUTE);
  const isSame =
    before !== undefined &&
    before.quality === quality &&
    before.etaMinutes === etaMinutes &&
    before.leg.driverId === leg.driverId &&
    before.leg.target === leg.target &&
    isSameFix(before.position, position);
  const sequence = isSame ? before.sequence : (before?.sequence ?? 0) + 1;
  return { sequence, leg, position, at: now, ageMs: age, quality, etaMinutes };
}

export function toTripDriverLocation(tripId: string, picture: DriverPicture): TripDriverLocation {
  const { leg, position, at, quality, etaMinutes } = picture;
  const { lat, lng, timestamp, accuracy, heading, speed } = position;
  return {
    tripId,
    driverId: leg.driverId,
    at: momentToIso(at),
    lat,
    lng,
    timestamp: toIso(timestamp),
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(heading === undefined ? {} : { heading }),
    ...(speed === undefined ? {} : { speed }),
    ageMs: picture.ageMs,
    quality,
    etaMinutes,
    target: leg.target,
  };
}

export function toSharedPosition({ leg, position, ...picture }: DriverPicture): SharedPosition {
  const { lat, lng, heading, timestamp } = position;
  return {
    lat,
    lng,
    ...(heading === undefined ? {} : { heading }),
    timestamp: toIso(timestamp),
    quality: picture.quality,
    etaMinutes: picture.etaMinutes,
    target: leg.target,
  };
}

export function toDriverEnRouteUpdate(tripId: string, picture: DriverPicture): DriverEnRouteUpdate {
  const { leg, position, at, quality, etaMinutes } = picture;
  return {
    tripId,
    at: momentToIso(at),
    status: TripStatus.arriving,
    currentStatus: TripStatus.arriving,
    previousStatus: TripStatus.accepted,
    driverId: leg.driverId,
    etaMinutes,
    driverPosition: { lat: position.lat, lng: position.lng },
    quality,
  };
}

function isSameFix(a: StoredPosition, b: StoredPosition): boolean {
  return (
    a.timestamp === b.timestamp &&
    a.receivedAt === b.receivedAt &&
    a.lat === b.lat &&
    a.lng === b.lng
  );
}

let lastFormatted = { at: Number.NaN, iso: '' };

/** All pictures of a tick have one time: it is put into words once. */
function momentToIso(at: number): string {
  if (lastFormatted.at !== at) lastFormatted = { at, iso: toIso(at) };
  return lastFormatted.iso;
}

function toIso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
