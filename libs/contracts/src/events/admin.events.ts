import { type Ack } from '../ack.js';
import { type AvailabilitySnapshot, type LastLocation } from '../availability.js';
import { type AdminFeedSetDto } from '../dto/admin-feed-set.dto.js';
import { type PositionQuality } from '../quality.js';
import { type DriverTripUpdate } from './drivers.events.js';
import { type SessionClientToServer, type SessionServerToClient } from './session.events.js';

/** Requests of /admin. */
export const AdminRequest = {
  feedSet: 'admin:feed:set',
} as const;

/** Facts that /admin sends. */
export const AdminEvent = {
  snapshot: 'driver:snapshot',
  availabilityUpdate: 'driver:availability:update',
  availabilityAlias: 'admin:driver:availability:update',
  locationUpdate: 'driver:location:update',
  locationBatch: 'driver:location:batch',
  tripUpdate: 'driver:trip:update',
  qualityUpdate: 'driver:quality:update',
  offline: 'driver:offline',
} as const;

/** `driver:location:update`: one superset payload for every known reader. */
export interface DriverLocationUpdate {
  driverId: string;
  lastLocation: LastLocation;
  coords: { lat: number; lng: number };
  lastLocationTimestamp: string;
  timestamp: string;
  accuracy?: number;
  heading?: number;
  speed?: number;
  ageMs: number;
  quality: PositionQuality;
}

/** A driver in `driver:location:batch`: the same facts with nothing said twice. */
export interface FramedPosition {
  driverId: string;
  lat: number;
  lng: number;
  /** Epoch milliseconds. */
  timestamp: number;
  accuracy?: number;
  heading?: number;
  speed?: number;
  ageMs: number;
  quality: PositionQuality;
}

export interface DriverLocationBatch {
  /** The server's clock when the frame was made, epoch milliseconds. */
  at: number;
  drivers: FramedPosition[];
}

/** A driver in `driver:snapshot`. */
export interface LiveDriver extends AvailabilitySnapshot {
  position: FramedPosition | null;
}

/** `driver:snapshot`: all live drivers, in parts; it replaces whatever the dispatcher showed before. */
export interface DriverSnapshot {
  at: number;
  /** From 1 to `parts`. */
  part: number;
  parts: number;
  /** Over all parts. */
  total: number;
  drivers: LiveDriver[];
}

export interface DriverQualityUpdate {
  driverId: string;
  quality: PositionQuality;
  previousQuality: PositionQuality;
  ageMs: number;
  lastLocationTimestamp: string;
  at: string;
}

export interface DriverOffline {
  driverId: string;
  reason: 'LEASE_LAPSED';
  at: string;
}

export interface AdminClientToServer extends SessionClientToServer {
  'admin:feed:set': (request: AdminFeedSetDto, ack: (answer: Ack<AdminFeedSetDto>) => void) => void;
}

export interface AdminServerToClient extends SessionServerToClient {
  'driver:snapshot': (snapshot: DriverSnapshot) => void;
  'driver:availability:update': (snapshot: AvailabilitySnapshot) => void;
  'admin:driver:availability:update': (snapshot: AvailabilitySnapshot) => void;
  'driver:location:update': (update: DriverLocationUpdate) => void;
  'driver:location:batch': (batch: DriverLocationBatch) => void;
  'driver:trip:update': (update: DriverTripUpdate) => void;
  'driver:quality:update': (update: DriverQualityUpdate) => void;
  'driver:offline': (fact: DriverOffline) => void;
}
