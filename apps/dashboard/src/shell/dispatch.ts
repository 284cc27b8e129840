import { type ChatLink, type RidewireClient, type RideLink } from '#libs/client';
import {
  factNames,
  type AdminTripEvents,
  type FactName,
  type TripStatus,
} from '#libs/contracts/browser';
import { Inbox } from '../chat/inbox.js';
import { openClient } from '../session/open-client.js';
import { FreshnessWatch } from './freshness.js';

type TripFactOfAdmin = keyof AdminTripEvents;

/** What is told of a trip; not every fact says all of it. */
export interface TripNews {
  event: TripFactOfAdmin;
  version?: number;
  status?: TripStatus;
  driverId?: string | null;
}

/** The connection of the page: one, as long as somebody is signed in. */
export class Dispatch {
  readonly client: RidewireClient = openClient();
  readonly admin: RideLink<'/admin'>;
  readonly freshness: FreshnessWatch;
  readonly chat: ChatLink = this.client.chat();
  readonly inbox = new Inbox(this.chat);

  constructor() {
    // Each view names the part of the map that it shows; until then nothing of the fleet is sent.
    this.admin = this.client.admin({ auth: () => ({ viewport: NOWHERE }) });
    this.freshness = new FreshnessWatch(this.client, this.admin);
    void this.client.connect();
  }

  /**
   * Tells of which trip something happened; undefined after a return, when it may have been any.
   * @returns what ends it
   */
  onTripNews(listener: (tripId: string | undefined, news?: TripNews) => void): () => void {
    const ends = factNames['/admin']
      .filter(isOfTrip)
      .map((event) =>
        this.admin.on(event, (fact: { tripId: string } & Omit<TripNews, 'event'>) =>
          listener(fact.tripId, { ...fact, event }),
        ),
      );
    ends.push(
      this.client.onResumed(() => listener(undefined)),
      this.freshness.onCaughtUp(() => listener(undefined)),
    );
    return () => {
      for (const end of ends) end();
    };
  }

  stop(): void {
    this.freshness.stop();
    this.client.close();
  }
}

const NOWHERE = { bbox: [-0.0002, -0.0002, -0.0001, -0.0001], zoom: 20 };

function isOfTrip(event: FactName<'/admin'>): event is TripFactOfAdmin {
  return /^(?:admin:)?trip:/.test(event);
}
