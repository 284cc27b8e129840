import { Injectable } from '@nestjs/common';
import { type TripStatus } from '#libs/contracts';
import { ShardFeed, ShardSubscriber } from '#libs/redis';
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
  private readonly everyTrip: ShardFeed<TripAnnouncement>;
  private readonly people = new Map<string, ShardFeed<TripAnnouncement>>();

  constructor(
    private readonly keys: TripKeys,
    private readonly subscriber: ShardSubscriber,
  ) {
    this.everyTrip = this.feedOf(keys.dispatchers);
  }

  /** Resolves true once active; false when Redis is away (it is asked for again). */
  followPerson(personId: string, listener: TripAnnouncementListener): Promise<boolean> {
    let feed = this.people.get(personId);
    if (!feed) {
      feed = this.feedOf(this.keys.inbox(personId));
      this.people.set(personId, feed);
    }
    return feed.follow(listener);
  }

  async leavePerson(personId: string, listener: TripAnnouncementListener): Promise<void> {
    const feed = this.people.get(personId);
    if (!feed) return;
    const left = feed.leave(listener);
    if (feed.isUnheard) this.people.delete(personId);
    await left;
  }

  /** Everything about every trip. */
  followAll(listener: TripAnnouncementListener): Promise<boolean> {
    return this.everyTrip.follow(listener);
  }

  async leaveAll(listener: TripAnnouncementListener): Promise<void> {
    await this.everyTrip.leave(listener);
  }

  /** Called each time that announcements may have been lost. */
  onRestored(listener: () => void): () => void {
    return this.subscriber.onRestored(listener);
  }

  /** Called when announcements begin to be lost, perhaps several times until they are restored. */
  onLost(listener: () => void): () => void {
    return this.subscriber.onLost(listener);
  }

  private feedOf(channel: string): ShardFeed<TripAnnouncement> {
    return new ShardFeed(
      this.subscriber,
      channel,
      (message) => JSON.parse(message.toString()) as TripAnnouncement,
    );
  }
}
