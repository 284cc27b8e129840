import { Injectable } from '@nestjs/common';
import { Log, Metrics } from '#libs/observability';
import { RedisConnections } from './redis-connections.js';

/**
 * Publishes to sharded channels without a wait and without a failure: local delivery goes on at once
 * while Redis is slow or away, and what it could not take is counted and never sent later (REDIS1).
 */
@Injectable()
export class ShardPublisher {
  private droppedCount = 0;

  constructor(
    private readonly connections: RedisConnections,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    metrics.counted({
      name: 'ridewire_redis_publishes_dropped_total',
      help: 'Messages for other instances that Redis could not take: their clients miss a fact.',
      read: () => this.droppedCount,
    });
  }

  /** Messages reach Redis in the order of the calls. */
  publish(channel: string, message: string | Buffer): void {
    this.connections.publisher.spublish(channel, message).catch((error: unknown) => {
      this.noteDropped(error);
    });
  }

  get dropped(): number {
    return this.droppedCount;
  }

  /** Said at the first, second, fourth, eighth ..., not at each. */
  private noteDropped(error: unknown): void {
    this.droppedCount += 1;
    if (!Number.isInteger(Math.log2(this.droppedCount))) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.log.warn({ dropped: this.droppedCount, reason }, 'publishes dropped: redis is away');
  }
}
