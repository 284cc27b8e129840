import { Injectable } from '@nestjs/common';
import { ShardSubscriber } from '#libs/redis';
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
  constructor(
    private readonly store: AvailabilityStore,
    private readonly subscriber: ShardSubscriber,
  ) {}

  /** Resolves true once active; false when Redis is away (it is asked for again). */
  follow(listener: (changes: AvailabilityChanges) => void): Promise<boolean> {
    return this.subscriber.subscribe(this.store.feedChannel, (message) =>
      listener(JSON.parse(message.toString()) as AvailabilityChanges),
    );
  }

  leave(): Promise<void> {
    return this.subscriber.unsubscribe(this.store.feedChannel);
  }

  /** Every live driver and the revision that this is true for. */
  snapshot(): Promise<{ revision: number; records: AvailabilityRecord[] }> {
    return this.store.readLive();
  }
}
