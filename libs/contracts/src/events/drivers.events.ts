import { type Ack } from '../ack.js';
import { type AvailabilitySnapshot } from '../availability.js';
import {
  type DriverStatusUpdateDto,
  type DriverTripSetDto,
} from '../dto/driver-availability.dto.js';
import { type DriverLocationPingDto } from '../dto/driver-location-ping.dto.js';
import {
  type OfferAcceptDto,
  type OfferRejectDto,
  type TripCancelDto,
  type TripCompleteDto,
  type TripIdDto,
  type TripResumeDto,
} from '../dto/trip-commands.dto.js';
import { type LocationPingResult } from '../fix.js';
import { type TripView } from '../trip.js';
import { type SessionClientToServer, type SessionServerToClient } from './session.events.js';
import { type DriverTripEvents } from './trip.events.js';

/** Requests of /drivers. */
export const DriversRequest = {
  statusUpdate: 'driver:status:update',
  locationPing: 'driver:location:ping',
  tripSet: 'driver:trip:set',
  offerAccept: 'driver:offer:accept',
  offerReject: 'driver:offer:reject',
  tripArrive: 'trip:arrive',
  tripStart: 'trip:start',
  tripComplete: 'trip:complete',
  tripCancel: 'trip:cancel',
  tripResume: 'trip:resume',
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
  'driver:offer:accept': (request: OfferAcceptDto, ack: (answer: Ack<TripView>) => void) => void;
  'driver:offer:reject': (
    request: OfferRejectDto,
    ack: (answer: Ack<{ assignmentId: string }>) => void,
  ) => void;
  'trip:arrive': (request: TripIdDto, ack: (answer: Ack<TripView>) => void) => void;
  'trip:start': (request: TripIdDto, ack: (answer: Ack<TripView>) => void) => void;
  'trip:complete': (request: TripCompleteDto, ack: (answer: Ack<TripView>) => void) => void;
  'trip:cancel': (request: TripCancelDto, ack: (answer: Ack<TripView>) => void) => void;
  'trip:resume': (request: TripResumeDto, ack: (answer: Ack) => void) => void;
}

export interface DriversServerToClient extends SessionServerToClient, DriverTripEvents {
  'driver:availability:update': (snapshot: AvailabilitySnapshot) => void;
  'driver:trip:update': (update: DriverTripUpdate) => void;
}
