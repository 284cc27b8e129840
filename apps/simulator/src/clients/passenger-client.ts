import { type Socket } from 'socket.io-client';
import {
  Namespace,
  tripFactNames,
  PassengersRequest,
  type Ack,
  type TripFact,
  type TripSnapshot,
  type TripView,
} from '#libs/contracts';
import { type Point } from '../drives/geography.js';
import { askPersistently } from './persistent-request.js';
import { openSocket, SessionKeeper } from './session-socket.js';
import { type SessionTokens } from './session-tokens.js';

export type TripNews = Pick<TripFact, 'tripId'> & Partial<TripFact>;

export interface PassengerEvents {
  /** What happened to a trip; also updates, which have no version. */
  onTripEvent: (event: string, fact: TripNews) => void;
  onTripSnapshot: (snapshot: TripSnapshot) => void;
  onTrouble: (what: string) => void;
}

const tripNews = tripFactNames(Namespace.passengers).filter(
  (name) => name !== 'trip:snapshot' && name !== 'trip:driver_location',
);

/** A passenger's phone: one socket that says, when it comes back, what it has seen of its trip. */
export class PassengerClient {
  private readonly socket: Socket;
  private readonly keeper: SessionKeeper;
  private readonly handshake: { trips: Record<string, number> } = { trips: {} };

  constructor(
    server: string,
    tokens: SessionTokens,
    private readonly events: PassengerEvents,
  ) {
    const socket = openSocket(server, Namespace.passengers, tokens, this.handshake);
    this.keeper = new SessionKeeper(socket, tokens, events);
    // Events of trips are listened to by their names.
    this.socket = socket as unknown as Socket;
    for (const event of tripNews) {
      this.socket.on(event, (fact: TripNews) => this.take(event, fact));
    }
    this.socket.on('trip:snapshot', (snapshot: TripSnapshot) => {
      this.handshake.trips = { [snapshot.tripId]: snapshot.version };
      events.onTripSnapshot(snapshot);
    });
  }

  /** Resolves when the server has greeted it. */
  async connect(): Promise<void> {
    const greeted = new Promise<void>((resolve) => this.socket.once('hello', () => resolve()));
    await this.keeper.connect();
    await greeted;
  }

  /** Out of reach; what happens meanwhile is told after `connect`. */
  disconnect(): void {
    this.socket.disconnect();
  }

  close(): void {
    this.keeper.stop();
    this.socket.disconnect();
  }

  request(
    pickup: Point,
    dropoff: Point,
    idempotencyKey: string,
    signal: AbortSignal,
  ): Promise<Ack<TripView> | undefined> {
    const payload = {
      paymentMode: 'card',
      pickupPoint: pickup,
      stops: [{ point: dropoff }],
      idempotencyKey,
    };
    return askPersistently(this.socket, { event: PassengersRequest.tripRequest, payload }, signal);
  }

  cancel(tripId: string, signal: AbortSignal): Promise<Ack<TripView> | undefined> {
    const payload = { tripId, reason: 'changed_plans' };
    return askPersistently(this.socket, { event: PassengersRequest.tripCancel, payload }, signal);
  }

  private take(event: string, fact: TripNews): void {
    if (fact.version !== undefined) this.handshake.trips = { [fact.tripId]: fact.version };
    this.events.onTripEvent(event, fact);
  }
}
