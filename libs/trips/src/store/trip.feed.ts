import { Injectable } from '@nestjs/common';
import { ShardFeed, ShardSubscriber } from '#libs/redis';
import { readTripAnnouncement } from './stored-trip.js';
import { type TripAnnouncement } from './trip-history.js';
import { TripKeys } from './trip-keys.js';

export type TripAnnouncementListener = (announcement: TripAnnouncement) => void;

/**
 * Announcements as the script makes them. Those for one person come on the channel of that person,
 * those of every trip on one for dispatchers.
 */
@Injectable()
export class TripFeed {
  private readonly everyTrip: ShardFeed<TripAnnouncement>;

  constructor(
    keys: TripKeys,
    private readonly subscriber: ShardSubscriber,
  ) {
    this.everyTrip = new ShardFeed(subscriber, keys.dispatchers, (message) =>
      readTripAnnouncement(message.toString()),
    );
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
}
