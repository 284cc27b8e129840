import {
  type ErrorCode,
  type FactName,
  type FactPayload,
  type Namespace,
  type OldAuthError,
  type OldError,
  type PresenceServerToClient,
  type SessionServerToClient,
  type TripEventName,
  type TripFact,
  type TripSnapshot,
} from '#libs/contracts';
import {
  encodeEvent,
  joinEvents,
  sendEncoded,
  sendEncodedEvents,
  type EncodedEvent,
  type EncodedEvents,
} from '../engine/send-packet.js';
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

/** A fact that the namespaces have in which people look at each other, encoded once. */
export function sendPresenceToEach<E extends keyof PresenceServerToClient>(
  sockets: Iterable<RealtimeSocket>,
  event: E,
  payload: Parameters<PresenceServerToClient[E]>[0],
): void {
  sendToEach(sockets, { event, payload });
}

/** A refusal, for clients of the older chat. */
export function sendOldError(socket: RealtimeSocket, { message, code, reason }: OldError): void {
  emitterOf(socket).emit('error', { message, code, reason } satisfies OldError);
}

/** The right to be here has ended, for clients of the older chat. */
export function sendOldAuthError(socket: RealtimeSocket, code: ErrorCode): void {
  const fact: OldAuthError = { message: 'Authentication failed', error: code };
  emitterOf(socket).emit('authError', fact);
}

/** A fact of a trip, typed where it was decided: the history of the trip keeps it word by word. */
export interface TripFactToSend {
  event: TripEventName;
  payload: TripFact | TripSnapshot;
}

export function sendTripEvent(socket: RealtimeSocket, { event, payload }: TripFactToSend): void {
  emitterOf(socket).emit(event, payload);
}

/** A fact of a namespace with the payload that belongs to it. */
export type FactToSend<N extends Namespace> = {
  [E in FactName<N>]: { event: E; payload: FactPayload<N, E> };
}[FactName<N>];

/** Plain data to many sockets, encoded once a namespace. Sockets that are being closed are left out. */
export function sendToEach(
  sockets: Iterable<RealtimeSocket>,
  { event, payload }: { event: string; payload: unknown },
): void {
  const encoded = new Map<string, EncodedEvent>();
  for (const { nsp, conn, connected, data } of sockets) {
    if (!connected || data.connection.closed) continue;
    let once = encoded.get(nsp.name);
    if (!once) encoded.set(nsp.name, (once = encodeEvent(nsp.name, event, payload)));
    sendEncoded(conn, once);
  }
}

/** Several facts to one socket, in order and in one write. Nothing is sent to one that is being closed. */
export function sendTogether(
  socket: RealtimeSocket,
  facts: readonly { event: string; payload: unknown }[],
): void {
  const { nsp, conn, connected, data } = socket;
  if (!connected || data.connection.closed) return;
  const events = facts.map(({ event, payload }) => encodeEvent(nsp.name, event, payload));
  sendEncodedEvents(conn, joinEvents(events));
}

/**
 * Several facts to many sockets: each is encoded once a namespace, and a socket gets all of them in one
 * write.
 * @param exceptFor the place in the list of a fact that is not for this socket
 */
export function sendSeveralToEach(
  sockets: Iterable<RealtimeSocket>,
  facts: readonly { event: string; payload: unknown }[],
  exceptFor: (socket: RealtimeSocket) => number | undefined,
): void {
  const encoded = new Map<string, EncodedEvents>();
  for (const socket of sockets) {
    const { nsp, conn, connected, data } = socket;
    if (!connected || data.connection.closed) continue;
    let all = encoded.get(nsp.name);
    if (!all) {
      all = joinEvents(facts.map(({ event, payload }) => encodeEvent(nsp.name, event, payload)));
      encoded.set(nsp.name, all);
    }
    const except = exceptFor(socket);
    const own = except === undefined ? all : joinEvents(all.events.filter((_, i) => i !== except));
    sendEncodedEvents(conn, own);
  }
}

export function emitterOf(target: object): Emitter {
  return target as Emitter;
}
