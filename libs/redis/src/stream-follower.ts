import { type Redis } from 'ioredis';
import { type Log } from '#libs/observability';
import { type RedisConnections } from './redis-connections.js';

export interface StreamEntry {
  id: string;
  fields: Record<string, string>;
}

export interface StreamFollowerOptions {
  key: string;
  purpose: string;
  /** Gets every entry in order, once. Must not throw. */
  onEntry: (entry: StreamEntry) => void;
  /** Awaited on every new connection, before newer entries are read; those older may have been lost. */
  onReconnected: () => Promise<void>;
}

/** One blocking read lasts this long at most; it is also the heartbeat of `isCurrent`. */
const BLOCK_MS = 1_000;
const STALE_AFTER_MS = 3_000;
const RETRY_MS = 100;

/**
 * Follows a stream entry by entry over lost connections: unlike pub/sub it goes on from the last
 * entry it saw, so an outage delays entries and loses none.
 */
export class StreamFollower {
  private readonly redis: Redis;
  private lastId = '';
  private lastReadAt = 0;
  private stopped = false;
  private loop: Promise<void> | undefined;
  private connectionChanged = true;

  constructor(
    connections: RedisConnections,
    private readonly log: Log,
    private readonly options: StreamFollowerOptions,
  ) {
    this.redis = connections.open(options.purpose, { commandTimeout: BLOCK_MS * 2 });
    this.redis.on('close', () => {
      this.connectionChanged = true;
    });
  }

  /** Starts at the newest entry; resolves when following has begun. */
  async start(): Promise<void> {
    while (this.lastId === '' && !this.stopped) {
      await this.attempt(async () => {
        this.lastId = await this.readNewestId();
        this.connectionChanged = false;
        this.lastReadAt = Date.now();
      });
    }
    this.loop = this.follow();
  }

  /** Whether everything older than a few seconds is known here. */
  get isCurrent(): boolean {
    return !this.connectionChanged && Date.now() - this.lastReadAt < STALE_AFTER_MS;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.redis.disconnect();
    await this.loop;
  }

  private async follow(): Promise<void> {
    while (!this.stopped) await this.attempt(() => this.readOnce());
  }

  private async readOnce(): Promise<void> {
    if (this.connectionChanged) {
      // A Redis that lost its last writes may number anew from before what was seen here: entries up
      // to the newest are covered by `onReconnected`, later ones must not be taken for old.
      const newestId = await this.readNewestId();
      if (isBefore(newestId, this.lastId)) this.lastId = newestId;
      await this.readAvailable();
      await this.options.onReconnected();
      this.connectionChanged = false;
      this.lastReadAt = Date.now();
    }
    this.deliver(
      await this.redis.xread(
        'COUNT',
        1_000,
        'BLOCK',
        BLOCK_MS,
        'STREAMS',
        this.options.key,
        this.lastId,
      ),
    );
    this.lastReadAt = Date.now();
  }

  private async readNewestId(): Promise<string> {
    const newest = await this.redis.xrevrange(this.options.key, '+', '-', 'COUNT', 1);
    return newest[0]?.[0] ?? '0-0';
  }

  private async readAvailable(): Promise<void> {
    let count: number;
    do {
      count = this.deliver(
        await this.redis.xread('COUNT', 1_000, 'STREAMS', this.options.key, this.lastId),
      );
    } while (count > 0);
  }

  private deliver(reply: [string, [string, string[]][]][] | null): number {
    const entries = reply?.[0]?.[1] ?? [];
    for (const [id, values] of entries) {
      this.lastId = id;
      const fields: Record<string, string> = {};
      for (let i = 0; i < values.length; i += 2) fields[values[i]!] = values[i + 1]!;
      this.options.onEntry({ id, fields });
    }
    return entries.length;
  }

  private async attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (this.stopped) return;
      const reason = error instanceof Error ? error.message : String(error);
      this.log.debug({ purpose: this.options.purpose, reason }, 'stream follower waits for redis');
      // A timed out blocking read leaves a connection whose next reply belongs to it.
      if (this.redis.status === 'ready') this.redis.disconnect(true);
      this.connectionChanged = true;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function isBefore(id: string, other: string): boolean {
  const [milliseconds = 0, sequence = 0] = id.split('-').map(Number);
  const [otherMilliseconds = 0, otherSequence = 0] = other.split('-').map(Number);
  return (
    milliseconds < otherMilliseconds ||
    (milliseconds === otherMilliseconds && sequence < otherSequence)
  );
}
