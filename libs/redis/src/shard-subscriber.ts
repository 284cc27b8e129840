import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { Log } from '#libs/observability';
import { RedisConnections } from './redis-connections.js';

export type ShardMessageHandler = (message: Buffer, channel: Buffer) => void;

/** A subscriber connection that stays silent this long is asked whether it lives. */
const HEARTBEAT_INTERVAL_MS = 3_000;
const HEARTBEAT_TIMEOUT_MS = 2_000;

/**
 * Sharded subscriptions that survive an outage: what is wanted is remembered here and asked for
 * again on every new connection; whoever must read anew what it missed says so with `onRestored`.
 */
@Injectable()
export class ShardSubscriber implements OnApplicationShutdown {
  private readonly redis: Redis;
  private readonly handlers = new Map<string, ShardMessageHandler>();
  private readonly restored = new Set<() => void>();
  /** Replies come in the order of the requests: once this one is here, all before it are. */
  private newest: Promise<boolean> = Promise.resolve(true);
  private readonly heartbeat: NodeJS.Timeout;

  constructor(
    connections: RedisConnections,
    private readonly log: Log,
  ) {
    this.redis = connections.open('subscriber', { commandTimeout: HEARTBEAT_TIMEOUT_MS });
    this.redis.on('smessageBuffer', (channel: Buffer, message: Buffer) => {
      this.handlers.get(channel.toString())?.(message, channel);
    });
    this.redis.on('ready', () => void this.restore());
    this.heartbeat = setInterval(() => void this.checkAlive(), HEARTBEAT_INTERVAL_MS);
  }

  /** Resolves once Redis has confirmed it; false when Redis is away (it is asked for again later). */
  subscribe(channel: string, handler: ShardMessageHandler): Promise<boolean> {
    this.handlers.set(channel, handler);
    // The next connection asks for everything that is wanted.
    if (!this.isConnected) return Promise.resolve(false);
    this.newest = this.redis.ssubscribe(channel).then(
      () => true,
      (error: unknown) => {
        this.reportFailure(error);
        return false;
      },
    );
    return this.newest;
  }

  /** Resolves once every subscription asked for so far is active, or has failed and waits for Redis. */
  async settled(): Promise<void> {
    await this.newest;
  }

  async unsubscribe(...channels: string[]): Promise<void> {
    for (const channel of channels) this.handlers.delete(channel);
    if (!this.isConnected) return;
    await this.redis.sunsubscribe(...channels).catch((error: unknown) => this.reportFailure(error));
  }

  /** Called each time that all subscriptions are active again after a lost connection. */
  onRestored(listener: () => void): () => void {
    this.restored.add(listener);
    return () => this.restored.delete(listener);
  }

  get isConnected(): boolean {
    return this.redis.status === 'ready';
  }

  onApplicationShutdown(): void {
    clearInterval(this.heartbeat);
  }

  private async restore(): Promise<void> {
    try {
      await Promise.all([...this.handlers.keys()].map((channel) => this.redis.ssubscribe(channel)));
      for (const listener of this.restored) listener();
    } catch (error) {
      this.reportFailure(error);
      // A half restored subscriber would miss messages for ever: start over with a new connection.
      this.redis.disconnect(true);
    }
  }

  private async checkAlive(): Promise<void> {
    if (this.redis.status !== 'ready') return;
    await this.redis.ping().catch((error: unknown) => {
      this.reportFailure(error);
      if (this.redis.status === 'ready') this.redis.disconnect(true);
    });
  }

  private reportFailure(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.log.warn({ reason }, 'redis subscriber failed');
  }
}
