import { type Result, type RideLink, type RidewireClient } from '#libs/client';
import {
  Namespace,
  tripFactNames,
  type TripFact,
  type TripSnapshot,
  type TripView,
} from '#libs/contracts';
import { type NamedPoint } from '../plan/trip-places.js';
import { type TripTalk } from '../talks/trip-talk.js';
import { openClient, PATIENCE_MS, type ClientTrouble } from './open-client.js';
import { type SessionTokens } from './session-tokens.js';
import { Talker } from './talker.js';

export type TripNews = Pick<TripFact, 'tripId'> & Partial<TripFact>;

export interface PassengerEvents extends ClientTrouble {
  /** What happened to a trip; also updates, which have no version. */
  onTripEvent: (event: string, fact: TripNews) => void;
  onTripSnapshot: (snapshot: TripSnapshot) => void;
}

const tripNews: ReadonlySet<string> = new Set(
  tripFactNames(Namespace.passengers).filter(
    (name) => name !== 'trip:snapshot' && name !== 'trip:driver_location',
  ),
);

/** A passenger's phone. */
export class PassengerClient {
  private readonly client: RidewireClient;
  private readonly rides: RideLink<'/passengers'>;
  private readonly talker: Talker;

  constructor(server: string, tokens: SessionTokens, events: PassengerEvents) {
    this.client = openClient(server, tokens, events);
    this.rides = this.client.passengers();
    this.talker = new Talker(this.client, events);
    this.rides.on('trip:snapshot', events.onTripSnapshot);
    this.rides.join({
      receive: (event, fact) => {
        if (tripNews.has(event)) events.onTripEvent(event, fact as TripNews);
      },
    });
  }

  /** Resolves when the server has greeted it. */
  async connect(): Promise<void> {
    await this.client.connect();
  }

  /** Out of reach, also for good; what happens meanwhile comes after `connect`. */
  close(): void {
    this.client.close();
  }

  request(
    { address: pickupAddress, ...pickupPoint }: NamedPoint,
    { address, ...point }: NamedPoint,
    idempotencyKey: string,
    signal: AbortSignal,
  ): Promise<Result<TripView>> {
    return this.rides.request(
      'trip:request',
      {
        paymentMode: 'card',
        pickupPoint,
        ...(pickupAddress ? { pickupAddress } : {}),
        stops: [{ point, ...(address ? { address } : {}) }],
        idempotencyKey,
      },
      { signal, deadlineMs: PATIENCE_MS },
    );
  }

  cancel(tripId: string, signal: AbortSignal): Promise<Result<TripView>> {
    const payload = { tripId, reason: 'changed_plans' };
    return this.rides.request('trip:cancel', payload, { signal, deadlineMs: PATIENCE_MS });
  }

  talk(talk: TripTalk): Promise<void> {
    return this.talker.join(talk);
  }

  say(talk: TripTalk, text: string): Promise<void> {
    return this.talker.say(talk, text);
  }
}
