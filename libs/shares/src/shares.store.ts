import { Injectable } from '@nestjs/common';
import { LuaScript, RedisCommands, RedisKeys, ShardSubscriber } from '#libs/redis';

const createScript = LuaScript.load(import.meta.url, 'create_share');
const revokeScript = LuaScript.load(import.meta.url, 'revoke_share');

/** A link to a trip. Times are epoch ms. */
export interface Share {
  id: string;
  tripId: string;
  createdAt: number;
  expiresAt: number;
}

/** Of the secret in a link Redis holds the digest only. */
export interface StoredShare extends Share {
  digest: string;
}

/** The links of a trip lie in a slot of the trip. */
@Injectable()
export class SharesStore {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: RedisKeys,
    private readonly subscriber: ShardSubscriber,
  ) {}

  /** @returns undefined when the trip has `mostLive` links already */
  async create(
    { id, tripId, digest }: Pick<StoredShare, 'id' | 'tripId' | 'digest'>,
    ttlMs: number,
    mostLive: number,
  ): Promise<Share | undefined> {
    const times = (await this.redis.run(
      createScript,
      [this.linksOf(tripId)],
      [id, digest, ttlMs, mostLive],
    )) as string[];
    const [createdAt, expiresAt] = times.map(Number);
    if (createdAt === undefined || expiresAt === undefined) return undefined;
    return { id, tripId, createdAt, expiresAt };
  }

  /** All that are kept, the oldest first; some may be over. */
  async list(tripId: string): Promise<StoredShare[]> {
    const links = await this.redis.do((redis) => redis.hgetall(this.linksOf(tripId)));
    return Object.entries(links)
      .map(([id, json]) => ({ ...(JSON.parse(json) as Omit<StoredShare, 'id'>), id, tripId }))
      .toSorted((a, b) => a.createdAt - b.createdAt);
  }

  /** @returns false when there is no such link */
  async revoke(tripId: string, id: string): Promise<boolean> {
    const keys = [this.linksOf(tripId), this.channelOf(tripId)];
    return (await this.redis.run(revokeScript, keys, [id])) === 1;
  }

  /** Resolves false when Redis is away. The listener is told that a link was revoked. */
  follow(tripId: string, listener: () => void): Promise<boolean> {
    return this.subscriber.subscribe(this.channelOf(tripId), listener);
  }

  leave(tripId: string, listener: () => void): Promise<void> {
    return this.subscriber.unsubscribe([this.channelOf(tripId)], listener);
  }

  private linksOf(tripId: string): string {
    return this.keys.key(`shares:${tripId}`, 'links');
  }

  private channelOf(tripId: string): string {
    return this.keys.key(`shares:${tripId}`, 'revoked');
  }
}
