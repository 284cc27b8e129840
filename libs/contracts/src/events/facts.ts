import { type Namespace } from '../namespaces.js';
import { type AdminServerToClient } from './admin.events.js';
import { type ChatServerToClient } from './chat.events.js';
import { type DriversServerToClient } from './drivers.events.js';
import { type PassengersServerToClient } from './passengers.events.js';
import { type PresenceServerToClient } from './presence.events.js';
import { type SessionServerToClient } from './session.events.js';
import { type TrackingServerToClient } from './tracking.events.js';
import { type VisitorsServerToClient } from './visitors.events.js';
import { type PassengerTripEvents, type TripEventName } from './trip.events.js';

/** What the server sends in each namespace: event and payload. */
export interface ServerToClient {
  '/drivers': DriversServerToClient;
  '/passengers': PassengersServerToClient;
  '/admin': AdminServerToClient;
  '/chat': ChatServerToClient;
  '/rooms': ChatServerToClient;
  '/tracking': TrackingServerToClient;
  '/visitors': VisitorsServerToClient;
}

/** The names of the facts of a namespace. */
export type FactName<N extends Namespace> = keyof ServerToClient[N] & string;

/** What a fact says. An offer has a confirmation as well, which the payload leaves out. */
export type FactPayload<N extends Namespace, E extends FactName<N>> = ServerToClient[N][E] extends (
  payload: infer Payload,
  ...more: never[]
) => void
  ? Payload
  : never;

/** Compiles only with every name and no other. */
type Names<T> = Record<keyof T, true>;

const sessionFacts: Names<SessionServerToClient> = {
  hello: true,
  'auth:expiring': true,
  'auth:session_revoked': true,
  'auth:logged_in': true,
  'auth:session_refreshed': true,
  'connection:closing': true,
  'frames:missed': true,
  exception: true,
  notification: true,
  'notification:seen': true,
};

const tripFacts: Names<
  Omit<
    PassengerTripEvents,
    | 'trip:requested'
    | 'trip:assigning_started'
    | 'trip:driver_accepted'
    | 'trip:no_drivers_found'
    | 'trip:message'
    | 'trip:driver_location'
  >
> = {
  'trip:driver_assigned': true,
  'trip:arriving_started': true,
  'trip:driver_en_route': true,
  'trip:driver_arrived_pickup': true,
  'trip:waiting_surcharge_applied': true,
  'trip:started': true,
  'trip:completed': true,
  'trip:cancelled': true,
  'trip:driver_lost': true,
  'trip:driver_returned': true,
  'trip:status_overridden': true,
  'trip:snapshot': true,
};

const presenceFacts: Names<PresenceServerToClient> = {
  'presence:changed': true,
  'presence:hidden': true,
};

const driversFacts: Names<DriversServerToClient> = {
  ...sessionFacts,
  ...tripFacts,
  'driver:availability:update': true,
  'driver:trip:update': true,
  'trip:assignment:offered': true,
  'trip:assignment:accepted': true,
  'trip:offer:cancelled': true,
  'trip:offer:expired': true,
  'trip:message': true,
};

const passengersFacts: Names<PassengersServerToClient> = {
  ...sessionFacts,
  ...tripFacts,
  'nearby:snapshot': true,
  'nearby:update': true,
  'trip:requested': true,
  'trip:assigning_started': true,
  'trip:driver_accepted': true,
  'trip:no_drivers_found': true,
  'trip:message': true,
  'trip:driver_location': true,
};

const adminFacts: Names<AdminServerToClient> = {
  ...sessionFacts,
  ...tripFacts,
  'driver:snapshot': true,
  'driver:availability:update': true,
  'admin:driver:availability:update': true,
  'driver:location:update': true,
  'driver:location:batch': true,
  'driver:trip:update': true,
  'driver:quality:update': true,
  'driver:offline': true,
  'driver:fix:refused': true,
  'driver:viewport:frame': true,
  'admin:auth:user_logged_in': true,
  'trip:requested': true,
  'trip:assigning_started': true,
  'trip:assignment:offered': true,
  'trip:assignment:accepted': true,
  'trip:assignment:rejected': true,
  'trip:assignment:expired': true,
  'trip:offer:cancelled': true,
  'trip:no_drivers_found': true,
  'trip:driver_location': true,
  'admin:trip:action_issued': true,
  'admin:trip:message_sent': true,
  'admin:trip:stuck': true,
  'admin:pages:busiest': true,
  ...presenceFacts,
  'cursor:frame': true,
};

const chatFacts: Names<ChatServerToClient> = {
  ...sessionFacts,
  ...presenceFacts,
  welcome: true,
  authenticated: true,
  authError: true,
  error: true,
  onlineUsers: true,
  userJoined: true,
  userLeft: true,
  newMessage: true,
  userJoinedRoom: true,
  userLeftRoom: true,
  newRoomMessage: true,
  'chat:conversation': true,
  'chat:message': true,
  'chat:message:edited': true,
  'chat:message:deleted': true,
  'chat:marks': true,
  'chat:muted': true,
  'chat:closed': true,
  'chat:member:joined': true,
  'chat:member:left': true,
  'chat:snapshot': true,
  'chat:typing': true,
  userTyping: true,
  'cursor:frame': true,
};

const trackingFacts: Names<TrackingServerToClient> = {
  ...sessionFacts,
  initialLocations: true,
  locationBroadcast: true,
  userDisconnected: true,
  events: true,
  'share:trip': true,
  'share:update': true,
  'share:position': true,
};

const visitorsFacts: Names<VisitorsServerToClient> = {
  ...sessionFacts,
  'page:visitors': true,
  liveCountsSingleBlog: true,
};

function namesOf<T>(facts: Record<keyof T, true>): readonly (keyof T & string)[] {
  return Object.keys(facts) as (keyof T & string)[];
}

/** The facts of each namespace at run time, for clients that listen to all and for the documents. */
export const factNames: { readonly [N in Namespace]: readonly FactName<N>[] } = {
  '/drivers': namesOf(driversFacts),
  '/passengers': namesOf(passengersFacts),
  '/admin': namesOf(adminFacts),
  '/chat': namesOf(chatFacts),
  '/rooms': namesOf(chatFacts),
  '/tracking': namesOf(trackingFacts),
  '/visitors': namesOf(visitorsFacts),
};

/** The facts of trips that the people of a namespace get. */
export function tripFactNames(namespace: Namespace): readonly TripEventName[] {
  const names: readonly string[] = factNames[namespace];
  return names.filter((name): name is TripEventName => /^(?:admin:)?trip:/.test(name));
}
