import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RequestError } from '#libs/contracts';
import { Log, traced, Tracing } from '#libs/observability';
import { readUntilDone, ShardPublisher, ShardSubscriber } from '#libs/redis';
import { ChannelCursor } from './channel-cursor.js';
import {
  entryIn,
  type AnnouncedEntry,
  type ChannelEntry,
  type PassingMessage,
} from './channel-entry.js';
import { ChannelKeys } from './channel-keys.js';
import { ChannelsStore } from './channels.store.js';

/** Somebody who follows a channel on this instance. */
export interface ChannelListener<Content> {
  /** Every entry, once and in order. */
  entry: (entry: ChannelEntry<Content>) => void;
  /** What was said in passing, see `ChannelFeed.tell`. */
  passing?: (message: object) => void;
  /** Entries were missed that are not kept any more: what is known has to be read anew. */
  gone?: (version: number) => void;
  /** After an outage, when all that was missed has been told. */
  restored?: () => void;
}

interface Followed {
  cursor: ChannelCursor<unknown>;
  listeners: Set<ChannelListener<unknown>>;
  opened: Promise<void>;
  handler: (message: Buffer) => void;
}

/** Channels that catch up at the same time after an outage. */
const CATCH_UP_BATCH = 100;

/**
 * The channels that this instance follows: each is subscribed to once, while somebody here listens,
 * and gives every entry once and in order to all of its listeners, over outages of Redis.
 */
@Injectable()
export class ChannelFeed implements OnModuleInit {
  private readonly followed = new Map<string, Followed>();

  constructor(
    private readonly store: ChannelsStore,
    private readonly keys: ChannelKeys,
    private readonly subscriber: ShardSubscriber,
    private readonly publisher: ShardPublisher,
    private readonly log: Log,
    private readonly tracing: Tracing,
  ) {}

  onModuleInit(): void {
    this.subscriber.onRestored((affects) => void this.catchUpAll(affects));
  }

  /**
   * Resolves once every entry that is appended from then on is told. Listeners of a channel may be
   * told something before that.
   * @throws RequestError REDIS_UNAVAILABLE; then nothing is followed
   */
  async follow<Content>(channelId: string, listener: ChannelListener<Content>): Promise<void> {
    const followed = this.followed.get(channelId) ?? this.begin(channelId);
    followed.listeners.add(listener as ChannelListener<unknown>);
    try {
      await followed.opened;
    } catch (error) {
      await this.leave(channelId, listener);
      throw error;
    }
  }

  async leave<Content>(channelId: string, listener: ChannelListener<Content>): Promise<void> {
    const followed = this.followed.get(channelId);
    if (!followed?.listeners.delete(listener as ChannelListener<unknown>)) return;
    if (followed.listeners.size > 0) return;
    this.followed.delete(channelId);
    followed.cursor.stop();
    await this.subscriber.unsubscribe([this.keys.of(channelId).feed], followed.handler);
  }

  /**
   * Says something to whoever follows the channel now, on all instances; it is not numbered and not
   * kept, and is lost while Redis is away. For what counts for a moment only, e.g. "is typing".
   * @param traceparent W3C: what it is said for, where that is not what is worked on at this moment
   */
  tell(channelId: string, passing: object, traceparent = this.tracing.keptTraceparent): void {
    const message: PassingMessage = { passing, ...traced(traceparent) };
    this.publisher.publish(this.keys.of(channelId).feed, JSON.stringify(message));
  }

  private begin(channelId: string): Followed {
    const listeners = new Set<ChannelListener<unknown>>();
    const cursor = new ChannelCursor<unknown>({
      readAfter: (version, limit) => this.store.readAfter(channelId, version, limit),
      entry: (entry) => {
        for (const listener of listeners) listener.entry(entry);
      },
      gone: (version) => {
        for (const listener of listeners) listener.gone?.(version);
      },
    });
    const handler = (message: Buffer): void => {
      const text = message.toString();
      if (text.startsWith('{"passing":'))
        this.pass(channelId, listeners, JSON.parse(text) as PassingMessage);
      else this.receive(channelId, followed, JSON.parse(text) as AnnouncedEntry<unknown>);
    };
    const followed: Followed = { cursor, listeners, handler, opened: Promise.resolve() };
    this.followed.set(channelId, followed);
    followed.opened = this.open(channelId, followed);
    return followed;
  }

  private receive(channelId: string, followed: Followed, announced: AnnouncedEntry<unknown>): void {
    const { traceparent } = announced;
    if (!this.tracing.follows(traceparent)) this.take(channelId, followed, entryIn(announced));
    else
      this.tracing.deliver(traceparent, kindOf(channelId), () =>
        this.take(channelId, followed, entryIn(announced)),
      );
  }

  private pass(
    channelId: string,
    listeners: ReadonlySet<ChannelListener<unknown>>,
    { passing, traceparent }: PassingMessage,
  ): void {
    const pass = () => {
      for (const listener of listeners) listener.passing?.(passing);
    };
    if (!this.tracing.follows(traceparent)) pass();
    else {
      const attributes = { ...kindOf(channelId), 'ridewire.channel.passing': true };
      this.tracing.deliver(traceparent, attributes, pass);
    }
  }

  private take(channelId: string, followed: Followed, entry: ChannelEntry<unknown>): void {
    if (!followed.cursor.receive(entry)) void this.catchUp(channelId, followed);
  }

  private async open(channelId: string, { cursor, handler }: Followed): Promise<void> {
    const { feed } = this.keys.of(channelId);
    if (!(await this.subscriber.subscribe(feed, handler)))
      throw new RequestError('REDIS_UNAVAILABLE', { retryAfterMs: 1_000 });
    await cursor.open();
  }

  private async catchUp(channelId: string, followed: Followed): Promise<void> {
    try {
      await readUntilDone(
        () => followed.cursor.catchUp(),
        () => this.followed.get(channelId) === followed,
      );
    } catch (error) {
      this.log.error({ err: error }, 'reading what was missed of a channel failed');
    }
  }

  private async catchUpAll(affects: (channel: string) => boolean): Promise<void> {
    const all = [...this.followed].filter(([id]) => affects(this.keys.of(id).feed));
    for (let first = 0; first < all.length; first += CATCH_UP_BATCH) {
      const batch = all.slice(first, first + CATCH_UP_BATCH);
      await Promise.all(
        batch.map(async ([channelId, followed]) => {
          await followed.opened.catch(() => undefined);
          await this.catchUp(channelId, followed);
          for (const listener of followed.listeners) listener.restored?.();
        }),
      );
    }
  }
}

/** Its kind and no more: the names of channels name people. */
function kindOf(channelId: string): { 'ridewire.channel.kind': string } {
  return { 'ridewire.channel.kind': channelId.split(':')[0] ?? '' };
}
