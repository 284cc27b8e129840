import { type SessionClientToServer, type SessionServerToClient } from './session.events.js';

/** /passengers greets and keeps the session; its own requests come with trips. */
export type PassengersClientToServer = SessionClientToServer;
export type PassengersServerToClient = SessionServerToClient;
