import { type Ack } from '../ack.js';
import { type NearbySubscribeDto } from '../dto/map.dto.js';
import { type TripCancelDto, type TripResumeDto } from '../dto/trip-commands.dto.js';
import { type TripRequestInput } from '../dto/trip-request.dto.js';
import { type TripView } from '../trip.js';
import { type SessionClientToServer, type SessionServerToClient } from './session.events.js';
import { type PassengerTripEvents } from './trip.events.js';

/** Requests of /passengers. */
export const PassengersRequest = {
  nearbySubscribe: 'nearby:subscribe',
  nearbyUnsubscribe: 'nearby:unsubscribe',
  tripRequest: 'trip:request',
  tripCancel: 'trip:cancel',
  tripResume: 'trip:resume',
} as const;

/** The ack data of `nearby:subscribe`. */
export interface NearbySubscribed {
  /** Cars farther from the place are not shown. */
  radiusMeters: number;
  /** The most cars that are shown. */
  limit: number;
}

/** A car on the home screen: the least that draws it. Nothing in it says whose it is (NEAR2). */
export interface NearbyCar {
  /** Means something to this subscription only, and for a while only. */
  id: string;
  /** Degrees, rounded to about 10 m. */
  lat: number;
  lng: number;
  /** Degrees clockwise from north, in steps of 10. */
  heading?: number;
}

/** `nearby:snapshot`: all cars to show, nearest first; it replaces whatever was shown before. */
export interface NearbySnapshot {
  /** The server's clock, epoch milliseconds. */
  at: number;
  cars: NearbyCar[];
}

/** `nearby:update`: what has changed since the last frame. */
export interface NearbyUpdate {
  at: number;
  /** New ones and those that moved. */
  changed: NearbyCar[];
  /** Ids of cars that are not to be shown any more. */
  left: string[];
}

export interface PassengersClientToServer extends SessionClientToServer {
  'nearby:subscribe': (
    request: NearbySubscribeDto,
    ack: (answer: Ack<NearbySubscribed>) => void,
  ) => void;
  'nearby:unsubscribe': (request: object, ack: (answer: Ack) => void) => void;
  'trip:request': (request: TripRequestInput, ack: (answer: Ack<TripView>) => void) => void;
  'trip:cancel': (request: TripCancelDto, ack: (answer: Ack<TripView>) => void) => void;
  'trip:resume': (request: TripResumeDto, ack: (answer: Ack) => void) => void;
}

export interface PassengersServerToClient extends SessionServerToClient, PassengerTripEvents {
  'nearby:snapshot': (snapshot: NearbySnapshot) => void;
  'nearby:update': (update: NearbyUpdate) => void;
}
