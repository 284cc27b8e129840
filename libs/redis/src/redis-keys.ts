import { Inject, Injectable } from '@nestjs/common';
import { redisConfig, type ConfigType } from '#libs/config';

/**
 * Names keys and channels: `<prefix>{<tag>}:<part>:<part>`. All keys of one script share a tag, so
 * that they live in one slot of a Redis Cluster.
 */
@Injectable()
export class RedisKeys {
  private readonly prefix: string;

  constructor(@Inject(redisConfig.KEY) settings: ConfigType<typeof redisConfig>) {
    this.prefix = settings.keyPrefix;
  }

  key(tag: string, ...parts: string[]): string {
    return `${this.prefix}{${tag}}:${parts.join(':')}`;
  }

  /** Sharded channel: all facts for one person. In the slot of trips, whose script publishes there. */
  personChannel(personId: string): string {
    return this.key('dispatch', 'inbox', personId);
  }

  /** Hash: what the clock of trips, leases and webhooks is, beside that of Redis; see prelude.lua. */
  get dispatchClock(): string {
    return this.key('dispatch', 'clock');
  }

  /** For names that a library completes by itself. */
  rawPrefix(name: string): string {
    return `${this.prefix}${name}`;
  }
}
