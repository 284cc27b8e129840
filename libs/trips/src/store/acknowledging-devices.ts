import { Inject, Injectable } from '@nestjs/common';
import { jwtConfig, type ConfigType } from '#libs/config';
import { RedisCommands } from '#libs/redis';
import { TripKeys } from './trip-keys.js';

/**
 * Devices, each named by its session, that have acknowledged an offer. Old apps never do; one that
 * has is out of reach when it does not. Each is forgotten after the longest life of a session without
 * an acknowledgement, so that there are no more of them than sessions.
 */
@Injectable()
export class AcknowledgingDevices {
  constructor(
    @Inject(jwtConfig.KEY) private readonly tokens: ConfigType<typeof jwtConfig>,
    private readonly redis: RedisCommands,
    private readonly keys: TripKeys,
  ) {}

  async has(sessionId: string): Promise<boolean> {
    const found = await this.redis.do((redis) =>
      redis.exists(this.keys.acknowledgingDevice(sessionId)),
    );
    return found === 1;
  }

  async remember(sessionId: string): Promise<void> {
    const key = this.keys.acknowledgingDevice(sessionId);
    const ttlMs = this.tokens.refreshTtlMs;
    await this.redis.do((redis) => redis.set(key, '1', 'PX', ttlMs));
  }
}
