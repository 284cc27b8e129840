import { Injectable } from '@nestjs/common';
import { type TripStatus } from '#libs/contracts';
import { ShardSubscriber } from '#libs/redis';
import { type TripLeg } from '../trip-leg.js';
import { type TripHistoryEntry } from './trip-history.js';
import { TripKeys } from './trip-keys.js';

/** What one step did to a trip; entries count up by one. */
export interface TripAnnouncement {
  tripId: string;
  passengerId: string;
  /** The driver after the step. */
  driverId: string | null;
  /** The status after the step. */
  status: TripStatus;
  /** What its driver drives to after the step. */
  leg: TripLeg | null;
  entries: TripHistoryEntry[];
}

export type TripAnnouncementListener = (announcement: TripAnnouncement) => void;

/** Announcements as the script makes them: for the people an instance hosts, and for dispatchers. */
@Injectable()
export class TripFeed {
  constructor(
    private readonly keys: TripKeys,
    private readonly subscriber: ShardSubscriber,
  ) {}

  /** Resolves true once active; false when Redis is away (it is asked for again). */
  followPerson(personId: string, listener: TripAnnouncementListener): Promise<boolean> {
    return this.follow(this.keys.inbox(personId), listener);
  }

  async leavePerson(personId: string): Promise<void> {
    await this.subscriber.unsubscribe(this.keys.inbox(personId));
  }

  /** Everything about every trip. */
  followAll(listener: TripAnnouncementListener): Promise<boolean> {
    return this.follow(this.keys.dispatchers, listener);
  }

  async leaveAll(): Promise<void> {
    await this.subscriber.unsubscribe(this.keys.dispatchers);
  }

  /** Called each time that announcements may have been lost. */
  onRestored(listener: () => void): () => void {
    return this.subscriber.onRestored(listener);
  }

  /** Called when announcements begin to be lost, perhaps several times until they are restored. */
  onLost(listener: () => void): () => void {
    return this.subscriber.onLost(listener);
  }

  private follow(channel: string, listener: TripAnnouncementListener): Promise<boolean> {
    return this.subscriber.subscribe(channel, (message) =>
      listener(JSON.parse(message.toString()) as TripAnnouncement),
    );
  }
}
