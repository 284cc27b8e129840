import { Injectable } from '@nestjs/common';
import { ShardFeed, ShardSubscriber } from '#libs/redis';
import { legOf, type TripLeg } from '../trip-leg.js';
import { readTripAnnouncement, tripAnnouncementIn } from './stored-trip.js';
import { TripHistoryType, type TripAnnouncement, type TripHistoryEntry } from './trip-history.js';
import { TripKeys } from './trip-keys.js';
import { type TripRecord } from './trip-record.js';

export type TripAnnouncementListener = (announcement: TripAnnouncement) => void;

/**
 * Announcements as the script makes them. Those for one person come on the channel of that person,
 * those of every trip on one for dispatchers.
 */
@Injectable()
export class TripFeed {
  private readonly everyTrip: ShardFeed<TripAnnouncement>;

  constructor(
    private readonly keys: TripKeys,
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

  /**
   * What is announced of the trips of one person.
   * @returns whether it is active, false when Redis is away; and how to leave
   */
  followTripsOf(
    personId: string,
    listener: TripAnnouncementListener,
  ): { isActive: Promise<boolean>; leave: () => Promise<void> } {
    const channel = this.keys.inbox(personId);
    const handler = (message: Buffer): void => {
      const announcement = tripAnnouncementIn(JSON.parse(message.toString()) as object);
      if (announcement) listener(announcement);
    };
    return {
      isActive: this.subscriber.subscribe(channel, handler),
      leave: () => this.subscriber.unsubscribe([channel], handler),
    };
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

/** What those who follow the driver of a trip must know about the trip. */
export interface TripProgress {
  tripId: string;
  /** The number of the newest event that this is true for. */
  version: number;
  leg: TripLeg | null;
  /** What the events before this said of the driver's arrival; absent when they said nothing of it. */
  toldEtaMinutes?: number | null;
}

/** @param told events that were published together with this state */
export function progressOf(trip: TripRecord, told: readonly TripHistoryEntry[] = []): TripProgress {
  return { tripId: trip.id, version: trip.version, leg: legOf(trip), ...toldEtaIn(told) };
}

export function progressIn({ tripId, leg, entries }: TripAnnouncement): TripProgress {
  return { tripId, version: entries.at(-1)!.version, leg, ...toldEtaIn(entries) };
}

function toldEtaIn(entries: readonly TripHistoryEntry[]): Pick<TripProgress, 'toldEtaMinutes'> {
  const entry = entries.findLast(({ type }) => type === TripHistoryType.enRoute);
  return entry ? { toldEtaMinutes: entry.data['etaMinutes'] as number | null } : {};
}
