import { Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { Log } from '#libs/observability';
import { RedisConnections } from './redis-connections.js';

export type ShardMessageHandler = (message: Buffer, channel: Buffer) => void;

/** Channels of one command. */
const CHANNELS_PER_COMMAND = 500;

/**
 * Sharded subscriptions that survive an outage: what is wanted is remembered here and asked for
 * again on every new connection; whoever must read anew what it missed says so with `onRestored`.
 * All that is asked for within one turn of the event loop goes to Redis together.
 */
@Injectable()
export class ShardSubscriber {
  private readonly redis: Redis;
  private readonly handlers = new Map<string, ShardMessageHandler>();
  private readonly restored = new Set<() => void>();
  private readonly lost = new Set<() => void>();
  /** Replies come in the order of the requests: once this one is here, all before it are. */
  private newest: Promise<boolean> = Promise.resolve(true);
  /** What was subscribed or left in this turn. */
  private changed = new Set<string>();
  private flushing: Promise<boolean> | undefined;
  /** Redis in cluster mode takes the channels of one command in one slot only. */
  private isOneSlotEach = false;

  constructor(
    connections: RedisConnections,
    private readonly log: Log,
  ) {
    this.redis = connections.open('subscriber');
    this.redis.on('smessageBuffer', (channel: Buffer, message: Buffer) => {
      this.handlers.get(channel.toString())?.(message, channel);
    });
    this.redis.on('ready', () => void this.restore());
    this.redis.on('close', () => {
      for (const listener of this.lost) listener();
    });
  }

  /** Resolves once Redis has confirmed it; false when Redis is away (it is asked for again later). */
  subscribe(channel: string, handler: ShardMessageHandler): Promise<boolean> {
    this.handlers.set(channel, handler);
    // The next connection asks for everything that is wanted.
    if (!this.isConnected) return Promise.resolve(false);
    this.newest = this.flushSoon([channel]);
    return this.newest;
  }

  /** Resolves once every subscription asked for so far is active, or has failed and waits for Redis. */
  async settled(): Promise<void> {
    await this.newest;
  }

  async unsubscribe(...channels: string[]): Promise<void> {
    for (const channel of channels) this.handlers.delete(channel);
    if (!this.isConnected) return;
    await this.flushSoon(channels);
  }

  /** Called each time that all subscriptions are active again after a lost connection. */
  onRestored(listener: () => void): () => void {
    this.restored.add(listener);
    return () => this.restored.delete(listener);
  }

  /** Called when the connection breaks, and again for each attempt that fails. */
  onLost(listener: () => void): () => void {
    this.lost.add(listener);
    return () => this.lost.delete(listener);
  }

  get isConnected(): boolean {
    return this.redis.status === 'ready';
  }

  private async restore(): Promise<void> {
    if (await this.bringUpToDate([...this.handlers.keys()])) {
      for (const listener of this.restored) listener();
      return;
    }
    // A half restored subscriber would miss messages for ever: start over with a new connection.
    this.redis.disconnect(true);
  }

  private flushSoon(channels: readonly string[]): Promise<boolean> {
    for (const channel of channels) this.changed.add(channel);
    this.flushing ??= new Promise((resolve) => {
      setImmediate(() => {
        const { changed } = this;
        this.changed = new Set();
        this.flushing = undefined;
        resolve(this.bringUpToDate([...changed]));
      });
    });
    return this.flushing;
  }

  /** What came and went within the turn counts as it is now. False when Redis is away. */
  private async bringUpToDate(channels: readonly string[]): Promise<boolean> {
    const wasOneSlotEach = this.isOneSlotEach;
    try {
      const parts = [
        this.inParts(channels.filter((channel) => !this.handlers.has(channel))).map((part) =>
          this.redis.sunsubscribe(...part),
        ),
        this.inParts(channels.filter((channel) => this.handlers.has(channel))).map((part) =>
          this.redis.ssubscribe(...part),
        ),
      ];
      await Promise.all(parts.flat());
      return true;
    } catch (error) {
      if (!wasOneSlotEach && isAcrossSlots(error)) {
        this.isOneSlotEach = true;
        return this.bringUpToDate(channels);
      }
      this.reportFailure(error);
      return false;
    }
  }

  private inParts(channels: readonly string[]): string[][] {
    const size = this.isOneSlotEach ? 1 : CHANNELS_PER_COMMAND;
    const parts: string[][] = [];
    for (let i = 0; i < channels.length; i += size) parts.push(channels.slice(i, i + size));
    return parts;
  }

  private reportFailure(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.log.warn({ reason }, 'redis subscriber failed');
  }
}

function isAcrossSlots(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('CROSSSLOT');
}
