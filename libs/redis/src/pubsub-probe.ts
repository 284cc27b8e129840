import { randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Log, Metrics, type Delays } from '#libs/observability';
import { BackgroundTask } from './background-task.js';
import { RedisKeys } from './redis-keys.js';
import { ShardPublisher } from './shard-publisher.js';
import { ShardSubscriber } from './shard-subscriber.js';

const INTERVAL_MS = 5_000;

/** Measures how long messages between instances take, by sending some to itself through Redis. */
@Injectable()
export class PubSubProbe implements OnApplicationShutdown {
  private readonly channel: string;
  private readonly delays: Delays;
  private readonly task: BackgroundTask;
  private sentAt = 0;

  constructor(
    keys: RedisKeys,
    metrics: Metrics,
    private readonly publisher: ShardPublisher,
    private readonly subscriber: ShardSubscriber,
    log: Log,
  ) {
    this.channel = keys.key('probe', randomBytes(6).toString('base64url'));
    this.delays = metrics.delays(
      'ridewire_pubsub_delay_seconds',
      'From publishing a message to its arrival, through Redis and back to the same instance.',
    );
    this.task = new BackgroundTask(log, 'measuring pub/sub', async () => {
      this.sentAt = performance.now();
      this.publisher.publish(this.channel, '');
      return true;
    });
  }

  start(): void {
    void this.subscriber.subscribe(this.channel, this.receive);
    this.task.start(INTERVAL_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  private readonly receive = (): void => this.delays.note(performance.now() - this.sentAt);
}
