import { Injectable } from '@nestjs/common';
import { RedisKeys } from '#libs/redis';

/**
 * The keys that availability and trips share: all in the slot `{dispatch}`, so that a driver and its
 * trip change in one script (TRIP1).
 */
@Injectable()
export class DispatchKeys {
  /** Sorted set: driver id by end of its lease, epoch ms. */
  readonly leases: string;
  /** Hash: driver id -> availability record, JSON. */
  readonly drivers: string;
  /** Hash: driver id -> connection epoch. */
  readonly epochs: string;
  /** Sorted set: departed driver by time. */
  readonly departed: string;
  /** Counter of the availability feed. */
  readonly revision: string;
  /** Sharded channel: the availability feed. */
  readonly feed: string;
  /** Sorted set: what is due (`<kind>:<id>`) by time, epoch ms. */
  readonly timers: string;

  /** Hash: how far the clock of dispatch is ahead of that of Redis, see claim_timers.lua. */
  readonly clock: string;

  constructor(private readonly keys: RedisKeys) {
    this.leases = this.key('leases');
    this.drivers = this.key('drivers');
    this.epochs = this.key('epochs');
    this.departed = this.key('departed');
    this.revision = this.key('revision');
    this.feed = this.key('feed');
    this.timers = this.key('timers');
    this.clock = keys.dispatchClock;
  }

  key(...parts: string[]): string {
    return this.keys.key('dispatch', ...parts);
  }
}
