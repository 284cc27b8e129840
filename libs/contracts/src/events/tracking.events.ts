import { type Ack } from '../ack.js';
import { type EchoDto, type LocationUpdateDto } from '../dto/tracking.dto.js';
import { type FixResult } from '../fix.js';
import { type ShareServerToClient } from './share.events.js';
import { type SessionClientToServer, type SessionServerToClient } from './session.events.js';

/** Requests of /tracking. */
export const TrackingRequest = {
  locationUpdate: 'locationUpdate',
  events: 'events',
} as const;

/** Where a person is. */
export interface TrackedLocation {
  userId: string;
  /** Degrees, WGS84. */
  lat: number;
  lng: number;
  /** As the client named it, epoch milliseconds; the time of receipt when it named none. */
  timestamp: number;
  /** Metres, degrees and metres a second, as for drivers. */
  accuracy?: number;
  heading?: number;
  speed?: number;
}

export interface TrackedUserGone {
  userId: string;
}

/** The ack data of `locationUpdate`. */
export interface LocationUpdateResult extends FixResult {
  /** The server's clock, epoch milliseconds. */
  serverTime: number;
}

export interface TrackingClientToServer extends SessionClientToServer {
  locationUpdate: (
    location: LocationUpdateDto,
    ack?: (answer: Ack<LocationUpdateResult>) => void,
  ) => void;
  events: (text: EchoDto, ack?: (answer: Ack<string>) => void) => void;
}

export interface TrackingServerToClient extends SessionServerToClient, ShareServerToClient {
  initialLocations: (locations: TrackedLocation[]) => void;
  locationBroadcast: (location: TrackedLocation) => void;
  userDisconnected: (fact: TrackedUserGone) => void;
  events: (text: string) => void;
}
