import { Injectable } from '@nestjs/common';
import { RedisKeys } from '#libs/redis';

/** The keys of a channel, in the order in which scripts take them. */
export interface ChannelKeySet {
  /** Hash: version (newest entry), first (oldest that is kept). */
  head: string;
  /** Hash: version -> entry, JSON. */
  log: string;
  /** Hash: idempotency key -> version. */
  sent: string;
  /** Sharded channel. */
  feed: string;
}

/** A channel and all that belongs to it lie in one slot, channels in all slots of a cluster. */
@Injectable()
export class ChannelKeys {
  constructor(private readonly keys: RedisKeys) {}

  of(channelId: string): ChannelKeySet {
    return {
      head: this.key(channelId, 'head'),
      log: this.key(channelId, 'log'),
      sent: this.key(channelId, 'sent'),
      feed: this.key(channelId, 'feed'),
    };
  }

  /** Another key in the slot of the channel, for the library that it belongs to. */
  key(channelId: string, ...parts: string[]): string {
    // A brace in an id must not end the hash tag.
    return this.keys.key(`ch:${channelId.replaceAll(/[{}%]/g, encodeURIComponent)}`, ...parts);
  }
}
