import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { AUTH_TAG } from '#libs/accounts';
import { loginsConfig, type ConfigType } from '#libs/config';
import { RequestError } from '#libs/contracts';
import { RedisConnections, RedisKeys, toRequestError } from '#libs/redis';
import { networkOf } from './client-address.js';

export interface LoginAttempt {
  /** One text for all spellings of what the account is called. */
  account: string;
  address: string;
  /** Of a device that has logged in to this account before. */
  deviceId: string | undefined;
}

/**
 * Counts attempts to log in on all instances: of strangers for each account (existing or not) and
 * each address; of a device that is known to the account apart, so that no stranger, also none
 * behind the same address, locks it out.
 */
@Injectable()
export class LoginLimiter {
  private readonly byAccount: RateLimiterRedis;
  private readonly byAddress: RateLimiterRedis;
  private readonly byDevice: RateLimiterRedis;
  private readonly registrations: RateLimiterRedis;

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
    this.byDevice = limiter('device', settings.attemptsPerAccount);
    this.registrations = limiter('registration', settings.registrationsPerAddress);
  }

  /**
   * Counts before the password is looked at, so that attempts at once cannot slip through.
   * @throws RequestError RATE_LIMITED, REDIS_UNAVAILABLE
   */
  async count({ account, address, deviceId }: LoginAttempt): Promise<void> {
    if (deviceId !== undefined) return consume(this.byDevice, keyOf(deviceId));
    await consume(this.byAddress, keyOf(networkOf(address)));
    await consume(this.byAccount, keyOf(account));
  }

  /** A code names no account: a guess is an attempt of its address. @throws as `count` */
  async countCode(address: string): Promise<void> {
    await consume(this.byAddress, keyOf(networkOf(address)));
  }

  async succeedCode(address: string): Promise<void> {
    await this.byAddress.reward(keyOf(networkOf(address)), 1);
  }

  /** @throws RequestError RATE_LIMITED, REDIS_UNAVAILABLE */
  async countRegistration(address: string): Promise<void> {
    await consume(this.registrations, keyOf(networkOf(address)), 'Too many registrations.');
  }

  /**
   * After a login: the count that it was under starts anew, and no other: a login of the owner gives
   * strangers no more attempts. The address gets back this one attempt only, or an own account would
   * buy attempts on those of others.
   */
  async succeed({ account, address, deviceId }: LoginAttempt): Promise<void> {
    if (deviceId !== undefined) {
      await this.byDevice.delete(keyOf(deviceId));
      return;
    }
    await Promise.all([
      this.byAccount.delete(keyOf(account)),
      this.byAddress.reward(keyOf(networkOf(address)), 1),
    ]);
  }
}

async function consume(
  limiter: RateLimiterRedis,
  key: string,
  what = 'Too many attempts to log in.',
): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw toRequestError(error);
    throw new RequestError('RATE_LIMITED', {
      message: `${what} Wait retryAfterMs, then try again.`,
      retryAfterMs: Math.max(1, Math.ceil(error.msBeforeNext)),
    });
  }
}

/** What people type may be long, and must not stand in a key as it is. */
function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
