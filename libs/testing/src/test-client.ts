import { io, type Socket } from 'socket.io-client';
import {
  type Ack,
  type AdminClientToServer,
  type AdminServerToClient,
  type ChatClientToServer,
  type ChatServerToClient,
  type DriversClientToServer,
  type DriversServerToClient,
  type Namespace,
  type PassengersClientToServer,
  type PassengersServerToClient,
  type TrackingClientToServer,
  type TrackingServerToClient,
  type VisitorsClientToServer,
  type VisitorsServerToClient,
} from '#libs/contracts';
import { PATIENCE_MS, until } from './until.js';

export interface ReceivedEvent {
  event: string;
  payload: unknown;
}

/**
 * What a client may ask for, in some namespace: a name that no contract has does not compile.
 * `trial:` are requests of the gateway that tests add.
 */
export type RequestName =
  | keyof (AdminClientToServer &
      ChatClientToServer &
      DriversClientToServer &
      PassengersClientToServer &
      TrackingClientToServer &
      VisitorsClientToServer)
  | `trial:${string}`;
/** What a client may be sent, in some namespace. */
export type FactName = keyof (AdminServerToClient &
  ChatServerToClient &
  DriversServerToClient &
  PassengersServerToClient &
  TrackingServerToClient &
  VisitorsServerToClient);

/** A Socket.IO client that remembers everything it was sent. */
export class TestClient {
  readonly received: ReceivedEvent[] = [];
  /** `connect_error` as it came: message and data. */
  refusals: { message: string; data?: { code: string; retryable: boolean } }[] = [];
  disconnectReason: string | undefined;

  constructor(readonly socket: Socket) {
    socket.onAny((event: string, payload: unknown) => this.received.push({ event, payload }));
    socket.on('connect_error', (error: Error & { data?: { code: string; retryable: boolean } }) => {
      this.refusals.push({ message: error.message, ...(error.data ? { data: error.data } : {}) });
    });
    socket.on('disconnect', (reason) => (this.disconnectReason = reason));
  }

  static open(
    url: string,
    namespace: Namespace | '/' | `/${string}`,
    auth: Record<string, unknown>,
    options: Parameters<typeof io>[1] = {},
  ): TestClient {
    const socket = io(`${url}${namespace}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth,
      ...options,
    });
    return new TestClient(socket);
  }

  /** All payloads of an event so far. */
  payloads<T>(event: FactName): T[] {
    return this.received
      .filter((entry) => entry.event === event)
      .map((entry) => entry.payload as T);
  }

  /** The first payload of the event that fits, present or to come. */
  async waitFor<T>(
    event: FactName,
    fits: (payload: T) => boolean = () => true,
    timeoutMs = PATIENCE_MS,
  ): Promise<T> {
    let found: T | undefined;
    await until(
      `the event ${event} comes`,
      () => {
        found = this.payloads<T>(event).find(fits);
        return found !== undefined;
      },
      timeoutMs,
    );
    return found!;
  }

  request<T>(event: RequestName, ...args: unknown[]): Promise<Ack<T>> {
    return this.requestAnything(event, ...args);
  }

  /** What a test asks for that is in no contract: to be refused. */
  async requestAnything<T>(event: string, ...args: unknown[]): Promise<Ack<T>> {
    return (await this.socket.timeout(PATIENCE_MS).emitWithAck(event, ...args)) as Ack<T>;
  }

  /** The data of an ack that must be ok. */
  async ask<T>(event: RequestName, ...args: unknown[]): Promise<T> {
    const ack = await this.request<T>(event, ...args);
    if (!ack.ok) throw new Error(`${event} was refused: ${JSON.stringify(ack.error)}`);
    return ack.data as T;
  }

  /** Sends without waiting; the answers gather in the list, however many come. */
  answersTo(event: string, payload: unknown): unknown[][] {
    const answers: unknown[][] = [];
    this.socket.emit(event, payload, (...answer: unknown[]) => answers.push(answer));
    return answers;
  }

  close(): void {
    this.socket.disconnect();
  }
}
