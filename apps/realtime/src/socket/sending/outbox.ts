import { Injectable } from '@nestjs/common';
import {
  Namespace,
  type FactName,
  type FactPayload,
  type SessionServerToClient,
} from '#libs/contracts';
import { SocketServer } from '../engine/socket-server.js';
import { type RealtimeSocket } from '../realtime-socket.js';
import { PersonalChannels } from './personal-channels.js';
import {
  emitterOf,
  sendSeveralToEach,
  sendToEach,
  type FactToSend,
  type TripFactToSend,
} from './send-fact.js';

/**
 * How facts leave the server. An event that the namespace does not have, and a payload that is not
 * its own, do not compile: `outbox.toDriver(driverId, 'driver:trip:update', update)`.
 */
@Injectable()
export class Outbox {
  readonly drivers: NamespaceOutbox<'/drivers'>;
  readonly passengers: NamespaceOutbox<'/passengers'>;
  readonly admin: NamespaceOutbox<'/admin'>;
  readonly chat: NamespaceOutbox<'/chat'>;
  readonly tracking: NamespaceOutbox<'/tracking'>;
  readonly visitors: NamespaceOutbox<'/visitors'>;

  constructor(
    server: SocketServer,
    private readonly channels: PersonalChannels,
  ) {
    this.drivers = new NamespaceOutbox(server, Namespace.drivers);
    this.passengers = new NamespaceOutbox(server, Namespace.passengers);
    this.admin = new NamespaceOutbox(server, Namespace.admin);
    this.chat = new NamespaceOutbox(server, Namespace.chat);
    this.tracking = new NamespaceOutbox(server, Namespace.tracking);
    this.visitors = new NamespaceOutbox(server, Namespace.visitors);
  }

  /** All devices of a driver, on every instance. */
  toDriver<E extends FactName<'/drivers'>>(
    driverId: string,
    event: E,
    payload: FactPayload<'/drivers', E>,
  ): void {
    this.channels.send(driverId, { namespace: Namespace.drivers, event, payload });
  }

  /** All devices of a person on /chat, on every instance. */
  toChatter<E extends FactName<'/chat'>>(
    userId: string,
    event: E,
    payload: FactPayload<'/chat', E>,
  ): void {
    this.channels.send(userId, { namespace: Namespace.chat, event, payload });
  }

  /** All devices of a person, in every namespace that has a channel, on every instance. */
  toDevices<E extends keyof SessionServerToClient & string>(
    userId: string,
    event: E,
    payload: Parameters<SessionServerToClient[E]>[0],
    except: { exceptSid?: string } = {},
  ): void {
    this.channels.send(userId, { event, payload, ...except });
  }
}

/** The facts of one namespace, for each kind of audience. */
export class NamespaceOutbox<N extends Namespace> {
  constructor(
    private readonly server: SocketServer,
    private readonly name: N,
  ) {}

  toSocket<E extends FactName<N>>(
    socket: RealtimeSocket,
    event: E,
    payload: FactPayload<N, E>,
  ): void {
    emitterOf(socket).emit(event, payload);
  }

  /**
   * Sends a fact that the client is to confirm.
   * @param confirmed gets an error when nothing came within the time
   */
  toSocketConfirmed<E extends FactName<N>>(
    socket: RealtimeSocket,
    event: E,
    payload: FactPayload<N, E>,
    timeoutMs: number,
    confirmed: (error: Error | null) => void,
  ): void {
    emitterOf(socket.timeout(timeoutMs)).emit(event, payload, confirmed);
  }

  /**
   * Sockets of this instance, which may be many: encoded once. The payload is plain data; they may be
   * in a namespace that is served as an alias of this one.
   */
  toEach(sockets: Iterable<RealtimeSocket>, fact: FactToSend<N>): void {
    sendToEach(sockets, fact);
  }

  /** Several facts likewise, see `sendSeveralToEach`. */
  severalToEach(
    sockets: Iterable<RealtimeSocket>,
    facts: readonly FactToSend<N>[],
    exceptFor: (socket: RealtimeSocket) => number | undefined,
  ): void {
    sendSeveralToEach(sockets, facts, exceptFor);
  }

  /** Everybody in a room, on every instance. */
  toRoom<E extends FactName<N>>(room: string, event: E, payload: FactPayload<N, E>): void {
    emitterOf(this.server.namespace(this.name).to(room)).emit(event, payload);
  }

  /** Those of this instance who are in one of these rooms, each once; a socket's id is a room. */
  toLocal<E extends FactName<N>>(
    rooms: string | string[],
    event: E,
    payload: FactPayload<N, E>,
  ): void {
    emitterOf(this.server.namespace(this.name).local.to(rooms)).emit(event, payload);
  }

  /** Whether anybody of this instance is in the room. */
  hasLocal(room: string): boolean {
    return this.server.namespace(this.name).adapter.rooms.has(room);
  }

  /** A fact of a trip, to some of this instance. */
  tripEventToLocal(rooms: string[], { event, payload }: TripFactToSend): void {
    emitterOf(this.server.namespace(this.name).local.to(rooms)).emit(event, payload);
  }

  /** Everybody in the namespace, on every instance: for nothing that is personal (LEAK1). */
  toEverybody<E extends FactName<N>>(event: E, payload: FactPayload<N, E>): void {
    emitterOf(this.server.namespace(this.name)).emit(event, payload);
  }
}
