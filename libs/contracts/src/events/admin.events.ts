import { type Ack } from '../ack.js';
import { type AvailabilitySnapshot, type LastLocation } from '../availability.js';
import { type CursorMoveDto } from '../dto/cursor.dto.js';
import {
  type AdminDemandGetDto,
  type AdminFeedSetDto,
  type AdminViewportSetDto,
} from '../dto/map.dto.js';
import { type TripIdDto, type TripResumeDto } from '../dto/trip-commands.dto.js';
import { type RefusedFixes, type PositionQuality } from '../fix.js';
import { type SessionType, type UserType } from '../principal.js';
import { type TripView } from '../trip.js';
import { type CursorFrame } from './cursor.events.js';
import { type DriverTripUpdate } from './drivers.events.js';
import { type PresenceClientToServer, type PresenceServerToClient } from './presence.events.js';
import { type SessionClientToServer, type SessionServerToClient } from './session.events.js';
import { type AdminTripEvents } from './trip.events.js';
import { type BusiestPages } from './visitors.events.js';

/** Requests of /admin. */
export const AdminRequest = {
  feedSet: 'admin:feed:set',
  viewportSet: 'admin:viewport:set',
  demandGet: 'admin:demand:get',
  feedCheck: 'admin:feed:check',
  tripJoin: 'admin:trip:join',
  tripLeave: 'admin:trip:leave',
  pagesSubscribe: 'admin:pages:subscribe',
  pagesUnsubscribe: 'admin:pages:unsubscribe',
  cursorMove: 'cursor:move',
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

/** `driver:fix:refused`: fixes of a driver cannot be used; the car stands still on the map meanwhile. */
export interface DriverFixRefused extends RefusedFixes {
  driverId: string;
}

/** A driver in a viewport. */
export interface ViewportDriver extends FramedPosition {
  availabilityStatus: AvailabilitySnapshot['availabilityStatus'];
  currentTripId: string | null;
}

/** Drivers of one cell of the map, where too many are in view to be shown singly. */
export interface ViewportCluster {
  /** Where to draw it: the middle of the drivers' cells. */
  lat: number;
  lng: number;
  count: number;
}

/** `driver:viewport:frame`: at most one a tick, and only when something in view has changed. */
export interface ViewportFrame {
  at: number;
  /**
   * True: this replaces whatever was shown before. With more than 1,000 drivers in view the frames
   * that follow bring the others, a part each.
   */
  reset: boolean;
  /** Drivers in view. */
  total: number;
  /** New or changed ones; empty while there are clusters. */
  drivers: ViewportDriver[];
  /** Ids of those that left the view or went offline. */
  left: string[];
  /** All clusters in view, when there are too many drivers in it; else null. */
  clusters: ViewportCluster[] | null;
}

/** What is offered and wanted in one cell of the map; the cells are those of surge. */
export interface DemandCell {
  /** Centre of the cell; degrees, WGS84. */
  lat: number;
  lng: number;
  /** Drivers at work whose position is live or delayed. */
  drivers: number;
  /** Those of them who may be offered a trip. */
  free: number;
  /** Trips with their pickup here that have no driver yet. */
  waiting: number;
  /** Multiplier of fares in basis points; 10000 where there is no surge. */
  surgeBasisPoints: number;
  /** Epoch milliseconds; null where there is no surge. */
  surgeEndsAt: number | null;
}

/** The ack data of `admin:demand:get`. */
export interface DemandMap {
  /** The server's clock, epoch milliseconds. */
  at: number;
  /** Width and height of a cell, degrees. */
  cellDegrees: number;
  /** Those of the box in which there is anything, where most wait first. */
  cells: DemandCell[];
  /** False when there were more cells, or more trips, than one answer takes. */
  isComplete: boolean;
}

/** How far a dispatcher may trust what it is shown of drivers. */
export interface FeedCheck {
  /** The server's clock, epoch milliseconds. */
  at: number;
  /** For so long changes may not have come through; 0 while they do. */
  behindMs: number;
}

/** Somebody has logged in; for dispatchers only. */
export interface UserLoggedIn {
  userId: string;
  userType: UserType;
  sid: string;
  /** Null for a session of another identity service. */
  sessionType: SessionType | null;
  /** ISO 8601. */
  at: string;
  /** As the device gave it at the login; null for nothing. */
  deviceInfo: string | null;
}

export interface AdminClientToServer extends SessionClientToServer, PresenceClientToServer {
  'admin:feed:set': (request: AdminFeedSetDto, ack: (answer: Ack<AdminFeedSetDto>) => void) => void;
  'admin:viewport:set': (
    request: AdminViewportSetDto,
    ack: (answer: Ack<AdminViewportSetDto>) => void,
  ) => void;
  'admin:demand:get': (request: AdminDemandGetDto, ack: (answer: Ack<DemandMap>) => void) => void;
  'admin:feed:check': (request: object, ack: (answer: Ack<FeedCheck>) => void) => void;
  'admin:trip:join': (request: TripResumeDto, ack: (answer: Ack<TripView>) => void) => void;
  'admin:trip:leave': (request: TripIdDto, ack: (answer: Ack<{ tripId: string }>) => void) => void;
  'admin:pages:subscribe': (request: object, ack: (answer: Ack) => void) => void;
  'admin:pages:unsubscribe': (request: object, ack: (answer: Ack) => void) => void;
  'cursor:move': (point: CursorMoveDto, ack?: (answer: Ack) => void) => void;
}

export interface AdminServerToClient
  extends SessionServerToClient, AdminTripEvents, PresenceServerToClient {
  'driver:snapshot': (snapshot: DriverSnapshot) => void;
  'driver:availability:update': (snapshot: AvailabilitySnapshot) => void;
  'admin:driver:availability:update': (snapshot: AvailabilitySnapshot) => void;
  'driver:location:update': (update: DriverLocationUpdate) => void;
  'driver:location:batch': (batch: DriverLocationBatch) => void;
  'driver:trip:update': (update: DriverTripUpdate) => void;
  'driver:quality:update': (update: DriverQualityUpdate) => void;
  'driver:offline': (fact: DriverOffline) => void;
  'driver:fix:refused': (fact: DriverFixRefused) => void;
  'driver:viewport:frame': (frame: ViewportFrame) => void;
  'admin:auth:user_logged_in': (login: UserLoggedIn) => void;
  'admin:pages:busiest': (busiest: BusiestPages) => void;
  'cursor:frame': (frame: CursorFrame) => void;
}
