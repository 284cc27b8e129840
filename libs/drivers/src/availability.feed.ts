import { Injectable } from '@nestjs/common';
import { ShardFeed, ShardSubscriber } from '#libs/redis';
import { type AvailabilityRecord, type DriverState } from './availability-record.js';
import { AvailabilityStore } from './availability.store.js';

/** Changes of one script call; revisions count up by one, a gap means that a message was lost. */
export interface AvailabilityChanges {
  revision: number;
  facts: DriverState[];
}

/** The changes of availability and leases, as the scripts announce them. */
@Injectable()
export class AvailabilityFeed {
  private readonly changes: ShardFeed<AvailabilityChanges>;

  constructor(
    private readonly store: AvailabilityStore,
    subscriber: ShardSubscriber,
  ) {
    this.changes = new ShardFeed(
      subscriber,
      store.feedChannel,
      (message) => JSON.parse(message.toString()) as AvailabilityChanges,
    );
  }

  /** Resolves true once active; false when Redis is away (it is asked for again). */
  follow(listener: (changes: AvailabilityChanges) => void): Promise<boolean> {
    return this.changes.follow(listener);
  }

  leave(listener: (changes: AvailabilityChanges) => void): Promise<void> {
    return this.changes.leave(listener);
  }

  /** Every live driver and the revision that this is true for. */
  snapshot(): Promise<{ revision: number; records: AvailabilityRecord[] }> {
    return this.store.readLive();
  }
}
