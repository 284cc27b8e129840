import { type Redis } from 'ioredis';
import { type Log } from '#libs/observability';
import { BackgroundFailures } from './background-failures.js';
import { toRequestError } from './redis-availability.js';
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

/** One blocking read lasts this long at most; it is also the heartbeat of `standing`. */
const BLOCK_MS = 1_000;
const STALE_AFTER_MS = 3_000;
const RETRY_MS = 100;

/**
 * `current`: all entries older than a few seconds are known. `behind`: this process was too busy to
 * read and is about to. `cutOff`: the connection was lost, and entries may have been missed.
 */
export type StreamStanding = 'current' | 'behind' | 'cutOff';

/**
 * Follows a stream entry by entry over lost connections: unlike pub/sub it goes on from the last
 * entry it saw, so an outage delays entries and loses none.
 */
export class StreamFollower {
  private readonly redis: Redis;
  private readonly failures: BackgroundFailures;
  private lastId = '';
  /** All entries written before this are known here; by the clock of `performance`. */
  private knownUntil = Number.NEGATIVE_INFINITY;
  private notBehind: (() => void)[] = [];
  private stopped = false;
  private loop: Promise<void> | undefined;
  private connectionChanged = true;
  private losses = 0;

  constructor(
    connections: RedisConnections,
    log: Log,
    private readonly options: StreamFollowerOptions,
  ) {
    this.redis = connections.open(options.purpose);
    this.failures = new BackgroundFailures(log, `following ${options.purpose}`);
    this.redis.on('close', () => this.loseTrack());
  }

  /** Starts at the newest entry; resolves when following has begun. */
  async start(): Promise<void> {
    while (this.lastId === '' && !this.stopped) {
      await this.attempt(async () => {
        const askedAt = performance.now();
        this.lastId = await this.readNewestId();
        this.connectionChanged = false;
        this.noteKnown(askedAt);
      });
    }
    this.loop = this.follow();
  }

  get standing(): StreamStanding {
    if (this.connectionChanged) return 'cutOff';
    return performance.now() - this.knownUntil < STALE_AFTER_MS ? 'current' : 'behind';
  }

  /** Resolves once this is not `behind`, or no more. */
  async settled(): Promise<void> {
    if (this.standing !== 'behind') return;
    await new Promise<void>((resolve) => this.notBehind.push(resolve));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.loseTrack();
    this.redis.disconnect();
    await this.loop;
  }

  private async follow(): Promise<void> {
    while (!this.stopped) await this.attempt(() => this.readOnce());
  }

  private async readOnce(): Promise<void> {
    let askedAt = performance.now();
    if (this.connectionChanged) {
      // A Redis that lost its last writes may number anew from before what was seen here: entries up
      // to the newest are covered by `onReconnected`, later ones must not be taken for old.
      const newestId = await this.readNewestId();
      if (isBefore(newestId, this.lastId)) this.lastId = newestId;
      await this.readAvailable();
      const { losses } = this;
      await this.options.onReconnected();
      if (this.losses !== losses) return;
      this.connectionChanged = false;
      this.noteKnown(askedAt);
    } else if (askedAt - this.knownUntil > BLOCK_MS) {
      // The last answer waited long to be read: what came since is here without a wait.
      await this.readAvailable();
      this.noteKnown(askedAt);
    }
    askedAt = performance.now();
    const count = this.deliver(
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
    // When Redis answered is not known, only that none came while it waited in vain.
    this.noteKnown(count > 0 ? askedAt : Math.min(askedAt + BLOCK_MS, performance.now()));
  }

  private noteKnown(until: number): void {
    this.knownUntil = until;
    if (this.standing === 'current') this.tellNotBehind();
  }

  private loseTrack(): void {
    this.connectionChanged = true;
    this.losses += 1;
    this.tellNotBehind();
  }

  private tellNotBehind(): void {
    const waiting = this.notBehind;
    this.notBehind = [];
    for (const resolve of waiting) resolve();
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
      this.failures.clear();
    } catch (error) {
      if (this.stopped) return;
      this.failures.note(toRequestError(error));
      if (this.redis.status === 'ready') this.redis.disconnect(true);
      this.loseTrack();
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
