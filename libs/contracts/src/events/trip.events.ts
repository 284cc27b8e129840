import { type PositionQuality } from '../fix.js';
import {
  type DriverCard,
  type OfferRejection,
  type PassengerCard,
  type TripActor,
  type TripOffer,
  type TripParty,
  type TripPlace,
  type TripStatus,
  type TripView,
  type Vehicle,
} from '../trip.js';

/** In every numbered event of a trip. */
export interface TripFact {
  tripId: string;
  /** Counts the events of the trip; some are not for everybody, so that numbers may be left out. */
  version: number;
  /** ISO 8601. */
  at: string;
  status: TripStatus;
  currentStatus: TripStatus;
  previousStatus: TripStatus;
}

export interface TripRequested extends TripFact {
  passengerId: string;
  requestedAt: string;
  pickup: TripPlace;
  fareEstimatedTotal: number;
  fareFinalCurrency: string;
}

export interface TripOffered extends TripFact, TripOffer {
  driverId: string;
  vehicleId: string | null;
}

export interface AssignmentFact extends TripFact {
  assignmentId: string;
  driverId: string;
  vehicleId: string | null;
  /** `rejected`: what the driver said; `expired`: `expired` or `unreachable`; else why. */
  reason?: OfferRejection | string;
}

export interface DriverAssigned extends TripFact {
  driverId: string;
  vehicleId: string | null;
  assignmentId: string;
  passengerId: string;
  driver: DriverCard | null;
  vehicle: Vehicle | null;
  /** For the driver and for dispatchers only. */
  passenger: PassengerCard | null;
}

export interface NoDriversFound extends TripFact {
  reason: string;
}

export interface DriverProgress extends TripFact {
  driverId: string;
}

export interface DriverEnRoute extends DriverProgress {
  etaMinutes: number | null;
  driverPosition: { lat: number; lng: number } | null;
}

/**
 * What `trip:driver_en_route` says as well, while the driver is on the way to the pickup: each time
 * that the minutes have changed. It has no `version`: it is no event of the trip's history, is not
 * sent again, and means nothing for what a client has seen.
 */
export interface DriverEnRouteUpdate extends Omit<DriverEnRoute, 'version'> {
  version?: never;
  etaMinutes: number;
  driverPosition: { lat: number; lng: number };
  /** Of the position that the minutes were estimated from. */
  quality: PositionQuality;
}

export interface WaitingSurchargeApplied extends DriverProgress {
  waitingSec: number;
  /** For the whole time at the pickup so far, minor units. */
  surcharge: number;
  currency: string;
}

export interface TripCompleted extends DriverProgress {
  fareTotal: number;
  currency: string;
  distanceMeters: number;
  durationSec: number;
  waitingSurcharge: number;
}

export interface TripCancelled extends TripFact {
  by: TripParty;
  reason: string;
  driverId: string | null;
}

export interface DriverLost extends DriverProgress {
  /** True when another driver is looked for; false when the trip waits for this one. */
  reassigning: boolean;
}

export interface TripStatusOverridden extends TripFact {
  reason: string;
  fareTotal: number | null;
}

export interface TripMessage extends TripFact {
  message: string;
}

export interface TripActionIssued extends TripFact {
  action: string;
  reason: string;
  by: TripActor;
}

export interface TripMessageSent extends TripMessage {
  target: 'passenger' | 'driver' | 'both';
  by: TripActor;
}

export interface TripStuck extends TripFact {
  /** How long the trip has been in its status. */
  ageMs: number;
  passengerId: string;
  driverId: string | null;
}

export interface TripSnapshot {
  tripId: string;
  /** Null when the trip is not kept any more, or was never this person's. */
  trip: TripView | null;
  version: number;
  reason: TripSnapshotReason;
}

export const TripSnapshotReason = {
  /** The client named no event: this is where its trip is. */
  connected: 'connected',
  /** What it missed is not kept any more, or the number that it named does not exist. */
  eventsGone: 'events_gone',
  tripGone: 'trip_gone',
} as const;
export type TripSnapshotReason = (typeof TripSnapshotReason)[keyof typeof TripSnapshotReason];

/** Where the driver of a trip is: at most once a tick, when anything but the age has changed. */
export interface TripDriverLocation {
  tripId: string;
  driverId: string;
  /** The server's clock, ISO 8601. */
  at: string;
  lat: number;
  lng: number;
  /** When it was measured, ISO 8601. */
  timestamp: string;
  accuracy?: number;
  heading?: number;
  speed?: number;
  ageMs: number;
  quality: PositionQuality;
  /** To the pickup before the ride, to the last stop during it; straight line and assumed speed. */
  etaMinutes: number;
  target: 'pickup' | 'dropoff';
}

/** What a trip says to its passenger. */
export interface PassengerTripEvents {
  'trip:requested': (fact: TripRequested) => void;
  'trip:assigning_started': (fact: TripFact) => void;
  'trip:driver_accepted': (fact: DriverAssigned) => void;
  'trip:driver_assigned': (fact: DriverAssigned) => void;
  'trip:no_drivers_found': (fact: NoDriversFound) => void;
  'trip:arriving_started': (fact: DriverProgress) => void;
  'trip:driver_en_route': (fact: DriverEnRoute | DriverEnRouteUpdate) => void;
  'trip:driver_arrived_pickup': (fact: DriverProgress) => void;
  'trip:waiting_surcharge_applied': (fact: WaitingSurchargeApplied) => void;
  'trip:started': (fact: DriverProgress) => void;
  'trip:completed': (fact: TripCompleted) => void;
  'trip:cancelled': (fact: TripCancelled) => void;
  'trip:driver_lost': (fact: DriverLost) => void;
  'trip:driver_returned': (fact: DriverProgress) => void;
  'trip:status_overridden': (fact: TripStatusOverridden) => void;
  'trip:message': (fact: TripMessage) => void;
  'trip:snapshot': (snapshot: TripSnapshot) => void;
  'trip:driver_location': (location: TripDriverLocation) => void;
}

/** What a trip says to the drivers who are asked, and to the one who drives it. */
export interface DriverTripEvents {
  /** The app acknowledges it, so that the server knows that the driver can be reached. */
  'trip:assignment:offered': (offer: TripOffered, received: () => void) => void;
  'trip:assignment:accepted': (fact: AssignmentFact) => void;
  'trip:offer:cancelled': (fact: AssignmentFact) => void;
  'trip:offer:expired': (fact: AssignmentFact) => void;
  'trip:driver_assigned': (fact: DriverAssigned) => void;
  'trip:arriving_started': (fact: DriverProgress) => void;
  'trip:driver_en_route': (fact: DriverEnRoute) => void;
  'trip:driver_arrived_pickup': (fact: DriverProgress) => void;
  'trip:waiting_surcharge_applied': (fact: WaitingSurchargeApplied) => void;
  'trip:started': (fact: DriverProgress) => void;
  'trip:completed': (fact: TripCompleted) => void;
  'trip:cancelled': (fact: TripCancelled) => void;
  'trip:driver_lost': (fact: DriverLost) => void;
  'trip:driver_returned': (fact: DriverProgress) => void;
  'trip:status_overridden': (fact: TripStatusOverridden) => void;
  'trip:message': (fact: TripMessage) => void;
  'trip:snapshot': (snapshot: TripSnapshot) => void;
}

/** What every trip says to dispatchers; its driver's place to those who joined it. */
export interface AdminTripEvents extends Omit<
  PassengerTripEvents,
  'trip:driver_accepted' | 'trip:message'
> {
  'trip:assignment:offered': (fact: TripOffered) => void;
  'trip:assignment:accepted': (fact: AssignmentFact) => void;
  'trip:assignment:rejected': (fact: AssignmentFact) => void;
  'trip:assignment:expired': (fact: AssignmentFact) => void;
  'trip:offer:cancelled': (fact: AssignmentFact) => void;
  'admin:trip:action_issued': (fact: TripActionIssued) => void;
  'admin:trip:message_sent': (fact: TripMessageSent) => void;
  'admin:trip:stuck': (fact: TripStuck) => void;
}

/** Every event of trips, for any receiver. */
export type TripEventName =
  keyof PassengerTripEvents | keyof DriverTripEvents | keyof AdminTripEvents;

type PayloadIn<Events, E> = E extends keyof Events
  ? Events[E] extends (payload: infer Payload, ...more: never[]) => void
    ? Payload
    : never
  : never;

/** What an event of a trip says, to whomever it is sent. */
export type TripEventPayload<E extends TripEventName> =
  | PayloadIn<PassengerTripEvents, E>
  | PayloadIn<DriverTripEvents, E>
  | PayloadIn<AdminTripEvents, E>;
