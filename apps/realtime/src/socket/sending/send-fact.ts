import {
  type SessionServerToClient,
  type TripEventName,
  type TripFact,
  type TripSnapshot,
} from '#libs/contracts';
import { type RealtimeSocket } from '../realtime-socket.js';

/** What sending needs of Socket.IO; the callers in this folder check names and payloads. */
interface Emitter {
  emit: (event: string, ...payload: readonly unknown[]) => unknown;
}

/** A fact that every namespace has. */
export function sendSessionFact<E extends keyof SessionServerToClient>(
  socket: RealtimeSocket,
  event: E,
  payload: Parameters<SessionServerToClient[E]>[0],
): void {
  emitterOf(socket).emit(event, payload);
}

/** A fact of a trip, typed where it was decided: the history of the trip keeps it word by word. */
export interface TripFactToSend {
  event: TripEventName;
  payload: TripFact | TripSnapshot;
}

export function sendTripEvent(socket: RealtimeSocket, { event, payload }: TripFactToSend): void {
  emitterOf(socket).emit(event, payload);
}

export function emitterOf(target: object): Emitter {
  return target as Emitter;
}
