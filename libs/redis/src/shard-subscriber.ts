import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Log } from '#libs/observability';
import { DeliveryGate } from './delivery-gate.js';
import { HeldMessages } from './held-messages.js';
import { RedisConnections } from './redis-connections.js';
import { ShardSubscriptions } from './shard-subscriptions.js';

export type ShardMessageHandler = (message: Buffer, channel: Buffer) => void;

/** Which channels are heard again, of all that are followed. */
export type RestoredListener = (affects: (channel: string) => boolean) => void;

/** One handler stands for itself: nearly all channels have no second one, and a set each is memory. */
type Handlers = ShardMessageHandler | ReadonlySet<ShardMessageHandler>;

/**
 * Sharded subscriptions that survive an outage, a failover and slots that move: what is wanted is
 * remembered here and asked for again wherever it is; a listener that must read anew what it missed
 * registers with `onRestored`. All that is asked for within one turn of the event loop goes to Redis
 * together. A channel is left when its last handler has gone.
 */
@Injectable()
export class ShardSubscriber implements OnApplicationShutdown {
  private readonly subscriptions: ShardSubscriptions;
  private readonly handlers = new Map<string, Handlers>();
  private readonly held = new HeldMessages();
  private readonly restored = new Set<RestoredListener>();
  private readonly lost = new Set<() => void>();
  /** What was subscribed or left in this turn. */
  private changed = new Set<string>();
  private flushing: Promise<boolean> | undefined;
  private unreadCount = 0;
  /** What Redis has not answered yet. */
  private readonly asked = new Set<Promise<boolean>>();

  constructor(
    connections: RedisConnections,
    private readonly gate: DeliveryGate,
    private readonly log: Log,
  ) {
    const receive = (channel: Buffer, message: Buffer): void => {
      if (this.held.isEmpty && this.gate.isOpen) this.handOn(channel, message);
      else this.held.add(channel, message);
    };
    this.subscriptions = new ShardSubscriptions(
      connections.slots,
      (redis) => connections.close(redis),
      {
        wantedChannels: () => this.handlers.keys(),
        isWanted: (channel) => this.handlers.has(channel),
        onMessage: (redis, address, channel, message) =>
          connections.handOn(redis, address, channel, message, receive),
        onLost: () => {
          for (const listener of this.lost) listener();
        },
        onRestored: (affects) => {
          for (const listener of this.restored) listener(affects);
        },
        onFailure: (reason) => this.log.warn({ reason }, 'redis subscriber failed'),
      },
    );
    this.gate.onOpened(() => this.release());
  }

  async onApplicationShutdown(): Promise<void> {
    this.subscriptions.stop();
  }

  /**
   * Resolves once Redis has confirmed it; false when Redis is away (it is asked for again later).
   * The same handler a second time on a channel changes nothing.
   */
  subscribe(channel: string, handler: ShardMessageHandler): Promise<boolean> {
    const others = this.handlers.get(channel);
    if (others === undefined) this.handlers.set(channel, handler);
    else if (others !== handler) this.handlers.set(channel, new Set([...allOf(others), handler]));
    return this.flushSoon([channel]);
  }

  /** Resolves once every subscription asked for so far is active, or has failed and waits for Redis. */
  async settled(): Promise<void> {
    await Promise.all(this.asked);
  }

  /** Only this handler gets no more of the channels; other handlers do. */
  async unsubscribe(channels: readonly string[], handler: ShardMessageHandler): Promise<void> {
    const left = channels.filter((channel) => this.remove(channel, handler));
    if (left.length > 0) await this.flushSoon(left);
  }

  /** Called each time that subscriptions are active again after they were lost. */
  onRestored(listener: RestoredListener): () => void {
    this.restored.add(listener);
    return () => this.restored.delete(listener);
  }

  /** Called when subscriptions are lost, and again for each attempt to connect that fails. */
  onLost(listener: () => void): () => void {
    this.lost.add(listener);
    return () => this.lost.delete(listener);
  }

  get isConnected(): boolean {
    return this.subscriptions.isWhole;
  }

  private handOn(channel: Buffer, message: Buffer): void {
    const handlers = this.handlers.get(channel.toString());
    if (typeof handlers === 'function') this.call(handlers, message, channel);
    else if (handlers) for (const handler of handlers) this.call(handler, message, channel);
  }

  /** A message that cannot be read must end neither the process nor the messages behind it. */
  private call(handler: ShardMessageHandler, message: Buffer, channel: Buffer): void {
    try {
      handler(message, channel);
    } catch (error) {
      this.unreadCount += 1;
      // Said at the first, second, fourth, eighth ..., and never what it says.
      if (!Number.isInteger(Math.log2(this.unreadCount))) return;
      const { name } = error instanceof Error ? error : { name: 'Error' };
      this.log.error({ unread: this.unreadCount, error: name }, 'a message of redis is odd');
    }
  }

  /** What has come while the gate was shut goes on; where it was too much, everybody reads anew. */
  private release(): void {
    if (this.held.isEmpty || !this.gate.isOpen) return;
    const someAreLost = this.held.release((channel, message) => this.handOn(channel, message));
    if (!someAreLost) return;
    this.log.warn({}, 'messages of redis were given up while revocations were unknown here');
    for (const listener of this.lost) listener();
    if (!this.isConnected) return;
    for (const listener of this.restored) listener(() => true);
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

  private flushSoon(channels: readonly string[]): Promise<boolean> {
    for (const channel of channels) this.changed.add(channel);
    this.flushing ??= this.flushWithTurn();
    return this.flushing;
  }

  private flushWithTurn(): Promise<boolean> {
    const flushed = new Promise<boolean>((resolve) => {
      setImmediate(() => {
        const { changed } = this;
        this.changed = new Set();
        this.flushing = undefined;
        resolve(this.subscriptions.bringUpToDate([...changed]));
      });
    });
    this.asked.add(flushed);
    void flushed.then(() => this.asked.delete(flushed));
    return flushed;
  }
}

function allOf(handlers: Handlers): Iterable<ShardMessageHandler> {
  return typeof handlers === 'function' ? [handlers] : handlers;
}
