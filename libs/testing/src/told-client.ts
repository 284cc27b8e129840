import {
  type Ack,
  type AdminClientToServer,
  type AdminServerToClient,
  type ChatClientToServer,
  type ChatServerToClient,
  type DriversClientToServer,
  type DriversServerToClient,
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

/** A client that remembers everything it was sent. */
export abstract class ToldClient {
  readonly received: ReceivedEvent[] = [];

  abstract readonly isConnected: boolean;

  abstract request<T>(event: RequestName, ...args: unknown[]): Promise<Ack<T>>;

  /** What a test asks for that is in no contract: to be refused. */
  abstract requestAnything<T>(event: string, ...args: unknown[]): Promise<Ack<T>>;

  /** Sends what nobody answers. */
  abstract send(event: RequestName, payload: unknown): void;

  abstract close(): void;

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

  /** The data of an ack that must be ok. */
  async ask<T>(event: RequestName, ...args: unknown[]): Promise<T> {
    const ack = await this.request<T>(event, ...args);
    if (!ack.ok) throw new Error(`${event} was refused: ${JSON.stringify(ack.error)}`);
    return ack.data as T;
  }
}
