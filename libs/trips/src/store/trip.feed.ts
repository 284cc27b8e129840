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
    this.everyTrip = new ShardFeed(
      subscriber,
      keys.dispatchers,
      (message) => JSON.parse(message.toString()) as TripAnnouncement,
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

/** Of what comes on the channel of a person: whether it is an announcement of its trips. */
export function isTripAnnouncement(message: object): message is TripAnnouncement {
  return 'tripId' in message && 'entries' in message;
}
