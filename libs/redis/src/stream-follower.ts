import { type Log } from '#libs/observability';
import { BackgroundFailures } from './background-task.js';
import { toRequestError } from './redis-availability.js';
import { type RedisClient } from './redis-client.js';
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
  /**
   * Awaited whenever entries may have been missed: on every new connection, and when the stream has
   * dropped some before they were read here. Until it resolves the standing does not get better, so
   * that it may wait for nothing that waits for the standing: no `run` or `do` of RedisCommands.
   */
  onMissed: () => Promise<void>;
}

/** One blocking read lasts this long at most; it is also the heartbeat of `standing`. */
const BLOCK_MS = 500;
const STALE_AFTER_MS = 1_500;
const RETRY_MS = 100;
const ENTRIES_PER_READ = 1_000;

/**
 * `current`: all entries older than STALE_AFTER_MS are known. `behind`: this process was too busy
 * to read, or was stopped, and is about to. `cutOff`: the connection was lost, and entries may have been missed.
 */
export type StreamStanding = 'current' | 'behind' | 'cutOff';

type Entry = [id: string, values: string[]];

/**
 * Follows a stream entry by entry over lost connections: unlike pub/sub it goes on from the last
 * entry it saw, so an outage delays entries and loses none but those that the stream dropped, of
 * which it tells.
 */
export class StreamFollower {
  private readonly redis: RedisClient;
  private readonly failures: BackgroundFailures;
  private lastId = '';
  /** All entries written before this are known here; by the clock of `performance`. */
  private knownUntil = Number.NEGATIVE_INFINITY;
  private notBehind: (() => void)[] = [];
  private readonly currentListeners = new Set<() => void>();
  private stopped = false;
  private loop: Promise<void> | undefined;
  private connectionChanged = true;
  private losses = 0;

  constructor(
    private readonly connections: RedisConnections,
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

  /** Called each time that entries were read and the standing is `current`. */
  onCurrent(listener: () => void): void {
    this.currentListeners.add(listener);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.loseTrack();
    this.connections.close(this.redis);
    await this.loop;
  }

  private async follow(): Promise<void> {
    while (!this.stopped) await this.attempt(() => this.readOnce());
  }

  private async readOnce(): Promise<void> {
    const askedAt = performance.now();
    if (this.connectionChanged) {
      await this.comeBack();
      return;
    }
    // An answer that waited long to be read says little: what came since is here without a wait.
    const isLate = askedAt - this.knownUntil > BLOCK_MS;
    if (isLate || (await this.isSomethingNew())) {
      const readAt = performance.now();
      if (await this.readAvailable()) await this.options.onMissed();
      this.noteKnown(readAt);
    } else {
      // When Redis answered is not known, only that none came while it waited in vain.
      this.noteKnown(Math.min(askedAt + BLOCK_MS, performance.now()));
    }
  }

  private async comeBack(): Promise<void> {
    const askedAt = performance.now();
    // A Redis that lost its last writes may number anew from before what was seen here: entries up
    // to the newest are covered by `onMissed`, later ones must not be taken for old.
    const newestId = await this.readNewestId();
    if (isBefore(newestId, this.lastId)) this.lastId = newestId;
    await this.readAvailable();
    const { losses } = this;
    await this.options.onMissed();
    if (this.losses !== losses) return;
    this.connectionChanged = false;
    this.noteKnown(askedAt);
  }

  private noteKnown(until: number): void {
    this.knownUntil = until;
    if (this.standing !== 'current') return;
    this.tellNotBehind();
    for (const listener of this.currentListeners) listener();
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

  /** Waits for entries behind the last one. They are read apart from this: a wait cannot see a gap. */
  private async isSomethingNew(): Promise<boolean> {
    const { key } = this.options;
    const reply = await this.redis.xread(
      'COUNT',
      1,
      'BLOCK',
      BLOCK_MS,
      'STREAMS',
      key,
      this.lastId,
    );
    return reply !== null;
  }

  /** @returns whether the stream has dropped entries that were not read */
  private async readAvailable(): Promise<boolean> {
    let isSomeMissing = false;
    let entries: Entry[];
    do {
      let oldest: Entry | undefined;
      [oldest, entries] = await this.readNext();
      // Nothing that was seen is kept any more, so that nobody knows what was between.
      if (oldest && isBefore(this.lastId, oldest[0])) isSomeMissing = true;
      this.deliver(entries);
    } while (entries.length === ENTRIES_PER_READ);
    return isSomeMissing;
  }

  /** The oldest entry that is kept, and those behind the last one that was seen, at one moment. */
  private async readNext(): Promise<[oldest: Entry | undefined, entries: Entry[]]> {
    const { key } = this.options;
    const replies = await this.redis
      .multi()
      .xrange(key, '-', '+', 'COUNT', 1)
      .xrange(key, `(${this.lastId}`, '+', 'COUNT', ENTRIES_PER_READ)
      .exec();
    const [oldest, next] = (replies ?? []).map(([error, reply]) => {
      if (error) throw error;
      return reply as Entry[];
    });
    return [oldest?.[0], next ?? []];
  }

  private deliver(entries: readonly Entry[]): void {
    for (const [id, values] of entries) {
      this.lastId = id;
      const fields: Record<string, string> = {};
      for (let i = 0; i < values.length; i += 2) fields[values[i]!] = values[i + 1]!;
      this.options.onEntry({ id, fields });
    }
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
