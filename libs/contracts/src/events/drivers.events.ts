import { type Ack } from '../ack.js';
import { type AvailabilitySnapshot } from '../availability.js';
import { type DriverLocationPingDto } from '../dto/driver-location-ping.dto.js';
import { type DriverStatusUpdateDto } from '../dto/driver-status-update.dto.js';
import { type DriverTripSetDto } from '../dto/driver-trip-set.dto.js';
import { type LocationPingResult } from '../fix.js';
import { type SessionClientToServer, type SessionServerToClient } from './session.events.js';

/** Requests of /drivers. */
export const DriversRequest = {
  statusUpdate: 'driver:status:update',
  locationPing: 'driver:location:ping',
  tripSet: 'driver:trip:set',
} as const;

/** Facts that /drivers sends to the driver's own devices. */
export const DriversEvent = {
  availabilityUpdate: 'driver:availability:update',
  tripUpdate: 'driver:trip:update',
} as const;

export interface DriverTripUpdate {
  driverId: string;
  currentTripId: string | null;
  availabilityReason: AvailabilitySnapshot['availabilityReason'];
  availabilityStatus: AvailabilitySnapshot['availabilityStatus'];
  isAvailableForTrips: boolean;
}

export interface DriversClientToServer extends SessionClientToServer {
  'driver:status:update': (
    request: DriverStatusUpdateDto,
    ack: (answer: Ack<AvailabilitySnapshot>) => void,
  ) => void;
  'driver:location:ping': (
    request: DriverLocationPingDto['fixes'][number] | DriverLocationPingDto['fixes'],
    ack: (answer: Ack<LocationPingResult>) => void,
  ) => void;
  'driver:trip:set': (
    request: DriverTripSetDto,
    ack: (answer: Ack<AvailabilitySnapshot>) => void,
  ) => void;
}

export interface DriversServerToClient extends SessionServerToClient {
  'driver:availability:update': (snapshot: AvailabilitySnapshot) => void;
  'driver:trip:update': (update: DriverTripUpdate) => void;
}
