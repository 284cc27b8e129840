import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { AUTH_TAG } from '#libs/accounts';
import { loginsConfig, type ConfigType } from '#libs/config';
import { RequestError } from '#libs/contracts';
import { RedisConnections, RedisKeys, toRequestError } from '#libs/redis';
import { networkOf } from './network-of.js';

/** Counts attempts to log in, for each account (existing or not) and each address, on all instances. */
@Injectable()
export class LoginLimiter {
  private readonly byAccount: RateLimiterRedis;
  private readonly byAddress: RateLimiterRedis;

  constructor(
    @Inject(loginsConfig.KEY) settings: ConfigType<typeof loginsConfig>,
    connections: RedisConnections,
    keys: RedisKeys,
  ) {
    const limiter = (name: string, points: number) =>
      new RateLimiterRedis({
        storeClient: connections.commands,
        keyPrefix: keys.key(AUTH_TAG, 'attempts', name),
        points,
        duration: Math.ceil(settings.attemptsWindowMs / 1_000),
      });
    this.byAccount = limiter('account', settings.attemptsPerAccount);
    this.byAddress = limiter('address', settings.attemptsPerAddress);
  }

  /**
   * Counts before the password is looked at, so that attempts at once cannot slip through.
   * @throws RequestError RATE_LIMITED, REDIS_UNAVAILABLE
   */
  async count(account: string, address: string): Promise<void> {
    await consume(this.byAddress, keyOf(networkOf(address)));
    await consume(this.byAccount, keyOf(account));
  }

  /**
   * After a login: the account starts anew. The address gets back this one attempt only, or an own
   * account would buy attempts on those of others.
   */
  async succeed(account: string, address: string): Promise<void> {
    await Promise.all([
      this.byAccount.delete(keyOf(account)),
      this.byAddress.reward(keyOf(networkOf(address)), 1),
    ]);
  }
}

async function consume(limiter: RateLimiterRedis, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw toRequestError(error);
    throw new RequestError('RATE_LIMITED', {
      message: 'Too many attempts to log in. Wait retryAfterMs, then try again.',
      retryAfterMs: Math.max(1, Math.ceil(error.msBeforeNext)),
    });
  }
}

/** What people type may be long, and is nobody's business in a key. */
function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
