import { type Namespace as SocketNamespace, type Server, type Socket } from 'socket.io';
import { type Principal } from '#libs/contracts';
import { type ConnectionState } from './connection-state.js';

type Emission = (...args: never[]) => void;
type Events = Record<string, Emission>;

/** What the server keeps of a socket. Only the authentication step writes `principal`. */
export interface SocketData {
  principal: Principal;
  connection: ConnectionState;
}

/** A socket that has passed authentication; gateways name the events they may send. */
export type RealtimeSocket<ServerToClient extends object = object> = Socket<
  Events,
  ServerToClient & Events,
  Events,
  SocketData
>;
export type RealtimeNamespace = SocketNamespace<Events, Events, Events, SocketData>;
export type RealtimeServer = Server<Events, Events, Events, SocketData>;

/**
 * One listener for all sockets: Socket.IO calls it with the socket as `this`, so that a connection
 * costs no closure.
 */
export function sharedListener(
  handle: (socket: RealtimeSocket, ...args: unknown[]) => void,
): (this: RealtimeSocket, ...args: unknown[]) => void {
  return function listener(this: RealtimeSocket, ...args: unknown[]) {
    handle(this, ...args);
  };
}
