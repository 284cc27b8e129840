import { type SessionClientToServer, type SessionServerToClient } from './session.events.js';

/** /chat greets and keeps the session; its own requests come with conversations. */
export type ChatClientToServer = SessionClientToServer;
export type ChatServerToClient = SessionServerToClient;
