import { Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { Log } from '#libs/observability';
import { DeliveryGate } from './delivery-gate.js';
import { HeldMessages } from './held-messages.js';
import { RedisConnections } from './redis-connections.js';

export type ShardMessageHandler = (message: Buffer, channel: Buffer) => void;

/** Channels of one command. */
const CHANNELS_PER_COMMAND = 500;

/** One handler stands for itself: nearly all channels have no second one, and a set each is memory. */
type Handlers = ShardMessageHandler | ReadonlySet<ShardMessageHandler>;

/**
 * Sharded subscriptions that survive an outage: what is wanted is remembered here and asked for
 * again on every new connection; a listener that must read anew what it missed registers with `onRestored`.
 * All that is asked for within one turn of the event loop goes to Redis together. A channel is left
 * when its last handler has gone.
 */
@Injectable()
export class ShardSubscriber {
  private readonly redis: Redis;
  private readonly handlers = new Map<string, Handlers>();
  private readonly held = new HeldMessages();
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
    private readonly gate: DeliveryGate,
    private readonly log: Log,
  ) {
    this.redis = connections.open('subscriber');
    this.redis.on('smessageBuffer', (channel: Buffer, message: Buffer) => {
      if (this.held.isEmpty && this.gate.isOpen) this.handOn(channel, message);
      else this.held.add(channel, message);
    });
    this.gate.onOpened(() => this.release());
    this.redis.on('ready', () => void this.restore());
    this.redis.on('close', () => {
      for (const listener of this.lost) listener();
    });
  }

  /**
   * Resolves once Redis has confirmed it; false when Redis is away (it is asked for again later).
   * The same handler a second time on a channel changes nothing.
   */
  subscribe(channel: string, handler: ShardMessageHandler): Promise<boolean> {
    const others = this.handlers.get(channel);
    if (others === undefined) this.handlers.set(channel, handler);
    else if (others !== handler) this.handlers.set(channel, new Set([...allOf(others), handler]));
    // The next connection asks for everything that is wanted.
    if (!this.isConnected) return Promise.resolve(false);
    this.newest = this.flushSoon([channel]);
    return this.newest;
  }

  /** Resolves once every subscription asked for so far is active, or has failed and waits for Redis. */
  async settled(): Promise<void> {
    await this.newest;
  }

  /** Only this handler gets no more of the channels; other handlers do. */
  async unsubscribe(channels: readonly string[], handler: ShardMessageHandler): Promise<void> {
    const left = channels.filter((channel) => this.remove(channel, handler));
    if (left.length === 0 || !this.isConnected) return;
    await this.flushSoon(left);
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

  private handOn(channel: Buffer, message: Buffer): void {
    const handlers = this.handlers.get(channel.toString());
    if (typeof handlers === 'function') handlers(message, channel);
    else if (handlers) for (const handler of handlers) handler(message, channel);
  }

  /** What has come while the gate was shut goes on; where it was too much, everybody reads anew. */
  private release(): void {
    if (this.held.isEmpty || !this.gate.isOpen) return;
    const someAreLost = this.held.release((channel, message) => this.handOn(channel, message));
    if (!someAreLost) return;
    this.log.warn({}, 'messages of redis were given up while revocations were unknown here');
    for (const listener of this.lost) listener();
    if (this.isConnected) for (const listener of this.restored) listener();
  }

  /** @returns whether it was the last handler of the channel */
  private remove(channel: string, handler: ShardMessageHandler): boolean {
    const handlers = this.handlers.get(channel);
    if (handlers === handler) return this.handlers.delete(channel);
    if (handlers === undefined || typeof handlers === 'function') return false;
    const [first, ...others] = [...handlers].filter((other) => other !== handler);
    this.handlers.set(channel, others.length > 0 ? new Set([first!, ...others]) : first!);
    return false;
  }

  private async restore(): Promise<void> {
    if (await this.bringUpToDate([...this.handlers.keys()])) {
      for (const listener of this.restored) listener();
      return;
    }
    // A subscriber that is half restored would miss messages for ever: a new connection starts over.
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

function allOf(handlers: Handlers): Iterable<ShardMessageHandler> {
  return typeof handlers === 'function' ? [handlers] : handlers;
}

function isAcrossSlots(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('CROSSSLOT');
}
