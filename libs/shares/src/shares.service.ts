import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { AccountsService } from '#libs/accounts';
import { networkOf } from '#libs/auth';
import { sharesConfig, type ConfigType } from '#libs/config';
import { AccountStatus, RequestError } from '#libs/contracts';
import { RedisConnections, RedisKeys, toRequestError } from '#libs/redis';
import { isOver, TripsService, type TripRecord } from '#libs/trips';
import {
  digestOf,
  hasDigest,
  newShareToken,
  readShareToken,
  writeShareToken,
} from './share-token.js';
import { SharesStore, type Share } from './shares.store.js';

/** Links by which a passenger lets others follow a trip. */
@Injectable()
export class SharesService {
  private readonly wrongTokens: RateLimiterRedis;

  constructor(
    @Inject(sharesConfig.KEY) private readonly settings: ConfigType<typeof sharesConfig>,
    private readonly store: SharesStore,
    private readonly trips: TripsService,
    private readonly accounts: AccountsService,
    connections: RedisConnections,
    keys: RedisKeys,
  ) {
    this.wrongTokens = new RateLimiterRedis({
      storeClient: connections.commands,
      keyPrefix: keys.key('share-attempts', 'address'),
      points: settings.attempts,
      duration: Math.ceil(settings.attemptsWindowMs / 1_000),
    });
  }

  /**
   * The token is told once: only its digest is kept.
   * @param ttlMs SHARE_TTL at most, and by default
   * @throws RequestError NOT_FOUND, CONFLICT when the trip is over or has enough links
   */
  async create(
    tripId: string,
    passengerId: string,
    ttlMs = this.settings.ttlMs,
  ): Promise<Share & { token: string }> {
    const trip = await this.tripOf(tripId, passengerId);
    if (isOver(trip))
      throw new RequestError('CONFLICT', { message: 'The trip is over: nobody can follow it.' });
    const token = newShareToken(tripId);
    const share = await this.store.create(
      { ...token, digest: digestOf(token.secret) },
      Math.min(ttlMs, this.settings.ttlMs),
      this.settings.perTrip,
    );
    if (share) return { ...share, token: writeShareToken(token) };
    throw new RequestError('CONFLICT', {
      message: `A trip has ${this.settings.perTrip} links at most. Revoke one, then make another.`,
    });
  }

  /**
   * Those that are live, the oldest first.
   * @throws RequestError NOT_FOUND
   */
  async list(tripId: string, passengerId: string): Promise<Share[]> {
    await this.tripOf(tripId, passengerId);
    const shares = await this.live(tripId);
    return shares.map(({ id, createdAt, expiresAt }) => ({ id, tripId, createdAt, expiresAt }));
  }

  /** @throws RequestError NOT_FOUND */
  async revoke(tripId: string, passengerId: string, id: string): Promise<void> {
    await this.tripOf(tripId, passengerId);
    if (await this.store.revoke(tripId, id)) return;
    throw new RequestError('NOT_FOUND', { message: 'The trip has no such link.' });
  }

  /**
   * What a token opens.
   * @param address of whoever has it: tokens that open nothing are counted
   * @throws RequestError SHARE_INVALID, RATE_LIMITED, REDIS_UNAVAILABLE
   */
  async open(text: string, address: string): Promise<Share> {
    const caller = createHash('sha256').update(networkOf(address)).digest('base64url');
    await this.refuseGuessing(caller);
    const token = readShareToken(text);
    const kept = token ? await this.live(token.tripId) : [];
    const share = kept.find(({ id }) => id === token?.id);
    if (token && share && hasDigest(token, share.digest)) return share;
    await this.wrongTokens.consume(caller).catch(refuse);
    throw new RequestError('SHARE_INVALID');
  }

  /** Ids of the links by which a trip may be followed now: none of a passenger who is kept out. */
  async liveIds({ id, passengerId }: TripRecord): Promise<Set<string>> {
    const [shares, passenger] = await Promise.all([this.live(id), this.accounts.find(passengerId)]);
    // Accounts of an identity service of its own may be unknown here.
    const isKeptOut = passenger !== undefined && passenger.status !== AccountStatus.active;
    return new Set(isKeptOut ? [] : shares.map((share) => share.id));
  }

  private async refuseGuessing(caller: string): Promise<void> {
    const counted = await this.wrongTokens.get(caller).catch((error: unknown) => {
      throw toRequestError(error);
    });
    if (counted && counted.consumedPoints >= this.settings.attempts) refuse(counted);
  }

  private async live(tripId: string) {
    const now = Date.now();
    return (await this.store.list(tripId)).filter(({ expiresAt }) => expiresAt > now);
  }

  /** A trip of somebody else does not exist. */
  private async tripOf(tripId: string, passengerId: string): Promise<TripRecord> {
    const trip = await this.trips.find(tripId);
    if (trip?.passengerId === passengerId) return trip;
    throw new RequestError('NOT_FOUND', { message: 'You have no such trip.' });
  }
}

function refuse(limited: unknown): never {
  if (!(limited instanceof RateLimiterRes)) throw toRequestError(limited);
  throw new RequestError('RATE_LIMITED', {
    message: 'Too many links that open nothing. Wait retryAfterMs, then try again.',
    retryAfterMs: Math.max(1, Math.ceil(limited.msBeforeNext)),
  });
}
