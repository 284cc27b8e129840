import { type Ack } from '../ack.js';
import { type TripCancelDto, type TripResumeDto } from '../dto/trip-commands.dto.js';
import { type TripRequestDto } from '../dto/trip-request.dto.js';
import { type TripView } from '../trip.js';
import { type SessionClientToServer, type SessionServerToClient } from './session.events.js';
import { type PassengerTripEvents } from './trip.events.js';

/** Requests of /passengers. */
export const PassengersRequest = {
  tripRequest: 'trip:request',
  tripCancel: 'trip:cancel',
  tripResume: 'trip:resume',
} as const;

export interface PassengersClientToServer extends SessionClientToServer {
  'trip:request': (request: TripRequestDto, ack: (answer: Ack<TripView>) => void) => void;
  'trip:cancel': (request: TripCancelDto, ack: (answer: Ack<TripView>) => void) => void;
  'trip:resume': (request: TripResumeDto, ack: (answer: Ack) => void) => void;
}

export interface PassengersServerToClient extends SessionServerToClient, PassengerTripEvents {}
