import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { presenceConfig, type ConfigType } from '#libs/config';
import { Log, Metrics, Tracing, type Delays } from '#libs/observability';
import { BackgroundTask } from '#libs/redis';
import { SHARDS, shardOf, type Place, type PlaceSnapshot } from './place.js';
import { BATCH, PresenceStore } from './presence.store.js';
import { ShardHolds, type Hold } from './shard-holds.js';

const TENDINGS_PER_LEASE = 4;
const MAX_TEND_INTERVAL_MS = 1_000;

/**
 * Who is in what, over all instances. What an instance holds counts as long as its lease, which one
 * call a shard renews; what it held when it died is released by the others once that is over.
 */
@Injectable()
export class PresenceService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly shards: ShardHolds[];
  private readonly task: BackgroundTask;
  /** By the clock of `performance`, as the next: it never steps. */
  private tendedAt = performance.now();
  private reapsFrom = 0;
  private lapses = 0;
  private readonly writeDelays: Delays;

  constructor(
    @Inject(presenceConfig.KEY) private readonly settings: ConfigType<typeof presenceConfig>,
    private readonly store: PresenceStore,
    tracing: Tracing,
    log: Log,
    metrics: Metrics,
  ) {
    this.writeDelays = metrics.delays(
      'ridewire_presence_write_seconds',
      'From when a device came to a place or left it to when every instance can read it.',
    );
    metrics.gauge({
      name: 'ridewire_presence_holds',
      help: 'Places that devices of this instance are at.',
      read: () => this.shards.reduce((sum, { size }) => sum + size, 0),
    });
    metrics.counted({
      name: 'ridewire_presence_leases_lapsed_total',
      help: 'Leases of presence of other instances that ran out and were released here.',
      read: () => this.lapses,
    });
    this.shards = Array.from(
      { length: SHARDS },
      (_, shard) => new ShardHolds(shard, store, tracing),
    );
    this.task = new BackgroundTask(log, 'tending presence', () => this.tend());
  }

  /**
   * A device is at a place from now on, until it is released or this instance dies. Again with other
   * meta to change that.
   * @returns how many people are there, once every instance can read it
   * @throws RequestError REDIS_UNAVAILABLE; it is not held then
   */
  hold(hold: Hold): Promise<number> {
    return this.timed(this.shards[shardOf(hold.place)]!.hold(hold));
  }

  /** The same, but while Redis is away the hold stays wanted. Resolves once it was tried. */
  async keep(hold: Hold): Promise<void> {
    await this.timed(this.shards[shardOf(hold.place)]!.keep(hold)).catch(() => undefined);
  }

  /**
   * Nothing happens to what this instance does not hold. While Redis is away it is released later.
   * @param options.isFinal the person is gone at once if this was its last device: it said so, or it is
   *   nobody who could come back
   */
  async release(
    { place, person, device }: Pick<Hold, 'place' | 'person' | 'device'>,
    { isFinal = false }: { isFinal?: boolean } = {},
  ): Promise<void> {
    const shard = this.shards[shardOf(place)]!;
    await this.timed(shard.release(place, person, device, isFinal)).catch(() => undefined);
  }

  /**
   * Who is at a place; people in their grace as well.
   * @param limit most people to name
   * @throws RequestError REDIS_UNAVAILABLE
   */
  list(place: Place, limit: number): Promise<PlaceSnapshot> {
    return this.store.read(place, limit);
  }

  /** @throws RequestError REDIS_UNAVAILABLE */
  async count(place: Place): Promise<number> {
    return (await this.store.read(place, 0)).count;
  }

  /** The pages with the most people, over all instances: a call a shard, for timers and not for requests. */
  async busiestPages(limit: number): Promise<{ place: Place; count: number }[]> {
    const shards = await Promise.all(
      this.shards.map((_, shard) => this.store.busiest(shard, limit)),
    );
    return shards
      .flat()
      .toSorted((a, b) => b.count - a.count || (a.place < b.place ? -1 : 1))
      .slice(0, limit);
  }

  onApplicationBootstrap(): void {
    const { leaseMs, graceMs } = this.settings;
    this.task.start(
      Math.min(MAX_TEND_INTERVAL_MS, leaseMs / TENDINGS_PER_LEASE, Math.max(graceMs / 2, 50)),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.task.stop();
    await Promise.allSettled(this.shards.map((shard) => shard.resign()));
  }

  private async timed(write: Promise<number>): Promise<number> {
    const startedAt = performance.now();
    const count = await write;
    this.writeDelays.note(performance.now() - startedAt);
    return count;
  }

  private async tend(): Promise<boolean> {
    const results = await Promise.allSettled(
      this.shards.map((shard, index) => this.tendShard(shard, index)),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    return true;
  }

  private async tendShard(shard: ShardHolds, index: number): Promise<void> {
    const { lapsed, leaving } = await shard.tend();
    if (this.isSettling(performance.now())) return;
    for (const epoch of lapsed) {
      while ((await this.store.reap(index, epoch)) > 0);
      this.lapses += 1;
    }
    let due = leaving;
    while (due.length > 0) {
      await this.store.leave(index, due);
      due = due.length < BATCH ? [] : (await this.store.tend(index, '')).leaving;
    }
  }

  /**
   * While Redis was away the leases of all instances ran out: the people are still there, and their
   * instances hold them again before anybody is taken out.
   */
  private isSettling(now: number): boolean {
    const { leaseMs } = this.settings;
    if (now - this.tendedAt > leaseMs) this.reapsFrom = now + leaseMs / 2;
    this.tendedAt = now;
    return now < this.reapsFrom;
  }
}
