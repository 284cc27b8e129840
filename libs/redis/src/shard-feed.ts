import { type ShardMessageHandler, type ShardSubscriber } from './shard-subscriber.js';

export type FeedListener<Message> = (message: Message) => void;

/** The listeners to one channel, each of which comes and goes by itself. */
export class ShardFeed<Message> {
  private readonly handlers = new Map<FeedListener<Message>, ShardMessageHandler>();

  constructor(
    private readonly subscriber: ShardSubscriber,
    private readonly channel: string,
    private readonly decode: (message: Buffer) => Message,
  ) {}

  /**
   * Resolves true once active; false when Redis is away (it is asked for again). A listener that
   * follows already goes on, once.
   */
  follow(listener: FeedListener<Message>): Promise<boolean> {
    let handler = this.handlers.get(listener);
    if (!handler) {
      handler = (message) => listener(this.decode(message));
      this.handlers.set(listener, handler);
    }
    return this.subscriber.subscribe(this.channel, handler);
  }

  /** Whether nobody listens any more. */
  get isUnheard(): boolean {
    return this.handlers.size === 0;
  }

  async leave(listener: FeedListener<Message>): Promise<void> {
    const handler = this.handlers.get(listener);
    if (!handler) return;
    this.handlers.delete(listener);
    await this.subscriber.unsubscribe([this.channel], handler);
  }
}
