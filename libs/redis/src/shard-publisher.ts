import { Injectable } from '@nestjs/common';
import { Log } from '#libs/observability';
import { RedisConnections } from './redis-connections.js';

/**
 * Publishes to sharded channels and never rejects: while Redis is away a message is dropped and
 * counted, so that local delivery goes on at once and nothing stale is published afterwards (REDIS1).
 */
@Injectable()
export class ShardPublisher {
  private droppedCount = 0;

  constructor(
    private readonly connections: RedisConnections,
    private readonly log: Log,
  ) {}

  async publish(channel: string, message: string | Buffer): Promise<void> {
    try {
      await this.connections.publisher.spublish(channel, message);
    } catch (error) {
      this.droppedCount += 1;
      if (Number.isInteger(Math.log2(this.droppedCount))) {
        const reason = error instanceof Error ? error.message : String(error);
        this.log.warn({ dropped: this.droppedCount, reason }, 'publishes dropped: redis is away');
      }
    }
  }

  get dropped(): number {
    return this.droppedCount;
  }
}
