import { Injectable } from '@nestjs/common';
import { DispatchKeys } from '#libs/drivers';
import { ExportStream } from '#libs/exports';
import { RedisKeys } from '#libs/redis';

/** The keys of trips. All lie in the slot `{dispatch}` with the drivers whom trips take (TRIP1). */
@Injectable()
export class TripKeys {
  readonly timers: string;
  readonly clock: string;
  readonly leases: string;
  readonly drivers: string;
  readonly availabilityRevision: string;
  readonly availabilityFeed: string;
  /** Hash: driver id -> open offer. */
  readonly offers: string;
  /** Stream: facts for the company's own systems. */
  readonly exports: string;
  /** Hash: passenger id -> trip that is not over. */
  readonly passengers: string;
  /** Sorted sets: trip id by the time of its request, all and those that are not over. */
  readonly all: string;
  readonly active: string;
  /** Sharded channel: every announcement, for dispatchers. */
  readonly dispatchers: string;

  constructor(
    private readonly keys: DispatchKeys,
    private readonly redisKeys: RedisKeys,
    exports: ExportStream,
  ) {
    this.timers = keys.timers;
    this.clock = keys.clock;
    this.leases = keys.leases;
    this.drivers = keys.drivers;
    this.availabilityRevision = keys.revision;
    this.availabilityFeed = keys.feed;
    this.offers = keys.key('offers');
    this.exports = exports.key;
    this.passengers = keys.key('passengers');
    this.all = keys.key('trips', 'all');
    this.active = keys.key('trips', 'active');
    this.dispatchers = keys.key('trips', 'dispatchers');
  }

  trip(tripId: string): string {
    return this.keys.key('trip', tripId);
  }

  history(tripId: string): string {
    return this.keys.key('trip', tripId, 'history');
  }

  /** Sorted set: the fixes of the ride by time, while it lasts. */
  track(tripId: string): string {
    return this.keys.key('trip', tripId, 'track');
  }

  /** Sorted set: the trips of a passenger or a driver by the time of their request. */
  tripsOf(personId: string): string {
    return this.keys.key('trips', 'of', personId);
  }

  /** String: what a passenger asked for under a key of its own. */
  request(passengerId: string, key: string): string {
    return this.keys.key('request', passengerId, key);
  }

  /** String: there for a device, named by its session, that has acknowledged an offer. */
  acknowledgingDevice(sessionId: string): string {
    return this.keys.key('device', sessionId, 'acknowledges');
  }

  /** Sharded channel: announcements that concern a passenger or driver. */
  inbox(personId: string): string {
    return this.redisKeys.personChannel(personId);
  }
}
