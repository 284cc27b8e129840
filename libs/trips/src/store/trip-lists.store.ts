import { Injectable } from '@nestjs/common';
import { RedisCommands } from '#libs/redis';
import { readTripRecord } from './stored-trip.js';
import { TripKeys } from './trip-keys.js';
import { type TripRecord } from './trip-record.js';

/** Trips by the time of their request: all, those that are not over, those of a person. */
export type TripList = { of: 'all' | 'active' } | { of: 'person'; personId: string };

/** Times of requests, epoch ms, both included. */
export interface RequestPeriod {
  from: number;
  to: number;
}

/** Reads of more than one trip. */
@Injectable()
export class TripListsStore {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: TripKeys,
  ) {}

  /** How many trips of the period each list has. */
  async count(lists: readonly TripList[], { from, to }: RequestPeriod): Promise<number[]> {
    return this.redis.do((redis) =>
      Promise.all(lists.map((list) => redis.zcount(this.keyOf(list), from, to))),
    );
  }

  /** Ids in the order of their requests. */
  async ids(
    list: TripList,
    { from, to }: RequestPeriod,
    { offset, limit, oldestFirst }: { offset: number; limit: number; oldestFirst: boolean },
  ): Promise<string[]> {
    const key = this.keyOf(list);
    return this.redis.do((redis) =>
      oldestFirst
        ? redis.zrange(key, String(from), String(to), 'BYSCORE', 'LIMIT', offset, limit)
        : redis.zrange(key, String(to), String(from), 'BYSCORE', 'REV', 'LIMIT', offset, limit),
    );
  }

  /** Those that exist, in the order asked. */
  async records(tripIds: readonly string[]): Promise<TripRecord[]> {
    if (tripIds.length === 0) return [];
    const found = await this.redis.do(async (redis) => {
      const pipeline = redis.pipeline();
      for (const tripId of tripIds) pipeline.hget(this.keys.trip(tripId), 'record');
      return (await pipeline.exec()) ?? [];
    });
    return found.flatMap(([error, json]) => {
      if (error) throw error;
      return json === null ? [] : [readTripRecord(json as string)];
    });
  }

  private keyOf(list: TripList): string {
    return list.of === 'person' ? this.keys.tripsOf(list.personId) : this.keys[list.of];
  }
}
