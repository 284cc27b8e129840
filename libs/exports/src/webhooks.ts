import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { webhooksConfig, type ConfigType } from '#libs/config';
import { InstanceDirectory } from '#libs/instances';
import { Log, Tracing } from '#libs/observability';
import { RedisCommands, RedisConnections, StreamFollower } from '#libs/redis';
import { ExportKeys, endpointsOf, type WebhookEndpoint } from './export-keys.js';
import { WebhookClient } from './webhook-client.js';
import { WebhookQueue } from './webhook-queue.js';
import { WebhookSender } from './webhook-sender.js';

/** On top of the time that the receiver has, for Redis before and after. */
const TURN_MARGIN_MS = 1_000;

/** The webhooks of the configuration, from start to shutdown; nothing at all when there are none. */
@Injectable()
export class Webhooks
  implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown
{
  private readonly senders: WebhookSender[];
  private readonly follower: StreamFollower | undefined;
  private ended: Promise<void> | undefined;

  constructor(
    @Inject(webhooksConfig.KEY) private readonly settings: ConfigType<typeof webhooksConfig>,
    private readonly redis: RedisCommands,
    private readonly keys: ExportKeys,
    private readonly log: Log,
    private readonly tracing: Tracing,
    private readonly directory: InstanceDirectory,
    connections: RedisConnections,
  ) {
    this.senders = endpointsOf(settings.urls).map((each) => this.senderOf(each));
    if (this.senders.length === 0) return;
    // It only wakes the senders, which take from the queue what is theirs by then.
    this.follower = new StreamFollower(connections, log, {
      key: keys.stream,
      purpose: 'exports',
      onEntry: () => this.wakeAll(),
      onMissed: async () => this.wakeAll(),
    });
  }

  onApplicationBootstrap(): void {
    for (const sender of this.senders) sender.start();
    void this.follower?.start();
  }

  /** What is on its way is waited for while clients are moved to other instances. */
  onModuleDestroy(): void {
    this.ended = Promise.all([
      ...this.senders.map((sender) => sender.stop()),
      this.follower?.stop(),
    ]).then(() => undefined);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.ended;
  }

  private wakeAll(): void {
    for (const sender of this.senders) sender.wake();
  }

  private senderOf({ name, url }: WebhookEndpoint): WebhookSender {
    const { secrets, timeoutMs, deadLettersKept, insideHosts, ...rest } = this.settings;
    const turnMs = 2 * timeoutMs + TURN_MARGIN_MS;
    const { concurrency, maxAttempts, retryDelayMs, retryMaxDelayMs } = rest;
    return new WebhookSender(
      new WebhookQueue(this.redis, this.keys, this.directory, {
        endpoint: name,
        turnMs,
        deadLettersKept,
      }),
      new WebhookClient({ url, secrets, timeoutMs, insideHosts }),
      this.log,
      this.tracing,
      { endpoint: name, concurrency, maxAttempts, turnMs, retryDelayMs, retryMaxDelayMs },
    );
  }
}
