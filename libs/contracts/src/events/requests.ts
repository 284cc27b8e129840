import { type AdminClientToServer } from './admin.events.js';
import { type ChatClientToServer } from './chat.events.js';
import { type DriversClientToServer } from './drivers.events.js';
import { type PassengersClientToServer } from './passengers.events.js';
import { type TrackingClientToServer } from './tracking.events.js';
import { type VisitorsClientToServer } from './visitors.events.js';

/** What clients may ask for in each namespace: event, payload and ack. */
export interface ClientToServer {
  '/drivers': DriversClientToServer;
  '/passengers': PassengersClientToServer;
  '/admin': AdminClientToServer;
  '/chat': ChatClientToServer;
  '/rooms': ChatClientToServer;
  '/tracking': TrackingClientToServer;
  '/visitors': VisitorsClientToServer;
}
