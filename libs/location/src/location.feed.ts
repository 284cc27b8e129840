import { Injectable } from '@nestjs/common';
import { ShardFeed, ShardSubscriber } from '#libs/redis';
import { LocationStore, type PositionOf, type ShardSnapshot } from './location.store.js';
import { RECORD_BYTES, unpackPosition } from './position-record.js';

/** What one script call changed in a shard. */
export interface LocationChanges {
  shard: number;
  /** Counts up by one a message; a gap means that one was lost. */
  revision: number;
  positions: PositionOf[];
  /** W3C: the call that stored them; absent where none of their pings is traced. */
  traceparent?: string;
}

const TRACEPARENT_BYTES = 55;

/** The changes of every shard, as the store script announces them. */
@Injectable()
export class LocationFeed {
  private readonly feeds: ShardFeed<LocationChanges>[];

  constructor(
    private readonly store: LocationStore,
    subscriber: ShardSubscriber,
  ) {
    this.feeds = store.eachShard(
      (shard) =>
        new ShardFeed(subscriber, store.feedChannel(shard), (message) => ({
          shard,
          ...decodeChanges(message),
        })),
    );
  }

  /** Resolves when every shard's feed is active; false where Redis is away (it is asked for again). */
  async follow(listener: (changes: LocationChanges) => void): Promise<boolean> {
    const active = await Promise.all(this.feeds.map((feed) => feed.follow(listener)));
    return active.every(Boolean);
  }

  get shards(): number {
    return this.store.shards;
  }

  /** Every live position of a shard and the revision that this is true for. */
  snapshot(shard: number): Promise<ShardSnapshot> {
    return this.store.readShard(shard);
  }

  async leave(listener: (changes: LocationChanges) => void): Promise<void> {
    await Promise.all(this.feeds.map((feed) => feed.leave(listener)));
  }
}

/**
 * Layout: revision as a double, then for each driver the length of its id, the id, the record; at the
 * end a length of 0 and a traceparent where there is one.
 */
export function decodeChanges(message: Buffer): Omit<LocationChanges, 'shard'> {
  const positions: PositionOf[] = [];
  let at = 8;
  while (at < message.length) {
    const idLength = message[at]!;
    if (idLength === 0) {
      const traceparent = message.toString('latin1', at + 1, at + 1 + TRACEPARENT_BYTES);
      return { revision: message.readDoubleLE(0), positions, traceparent };
    }
    const recordAt = at + 1 + idLength;
    positions.push({
      driverId: message.toString('latin1', at + 1, recordAt),
      position: unpackPosition(message, recordAt),
    });
    at = recordAt + RECORD_BYTES;
  }
  return { revision: message.readDoubleLE(0), positions };
}
