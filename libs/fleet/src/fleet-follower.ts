import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { locationConfig, qualityConfig, type ConfigType } from '#libs/config';
import { AvailabilityFeed, type AvailabilityChanges, type AvailabilityRecord } from '#libs/drivers';
import { LocationFeed, type LocationChanges, type ShardSnapshot } from '#libs/location';
import { FirstTrace, Log, Tracing } from '#libs/observability';
import { ShardSubscriber } from '#libs/redis';
import { FeedCursor } from './feed-cursor.js';
import { FleetView } from './fleet-view.js';

interface Following {
  view: FleetView;
  isReady: boolean;
  isInSync: () => boolean;
  ready: Promise<void>;
  stop: () => Promise<void>;
}

/**
 * Keeps a fleet view while somebody on this instance watches, and only then: an instance without
 * dispatchers gets no positions from Redis (FAN1).
 */
@Injectable()
export class FleetFollower implements OnApplicationShutdown {
  private following: Following | undefined;
  private stopping: Promise<void> = Promise.resolve();
  /** Of the positions that the view has taken. */
  readonly cause: FirstTrace;

  constructor(
    @Inject(qualityConfig.KEY) private readonly quality: ConfigType<typeof qualityConfig>,
    @Inject(locationConfig.KEY) private readonly location: ConfigType<typeof locationConfig>,
    private readonly locations: LocationFeed,
    private readonly availability: AvailabilityFeed,
    private readonly subscriber: ShardSubscriber,
    private readonly log: Log,
    private readonly tracing: Tracing,
  ) {
    this.cause = new FirstTrace(tracing);
  }

  /** The view while it is followed and complete; before that it would be shown with drivers missing. */
  get view(): FleetView | undefined {
    return this.following?.isReady ? this.following.view : undefined;
  }

  /** Whether it is followed or about to be. */
  get isFollowing(): boolean {
    return this.following !== undefined;
  }

  /** Whether the view has every change that was announced until now. */
  get isInSync(): boolean {
    const { following } = this;
    return following?.isReady === true && this.subscriber.isConnected && following.isInSync();
  }

  /** Starts to follow; resolves with the view once it is complete. */
  async start(): Promise<FleetView> {
    this.following ??= this.follow();
    const { view, ready } = this.following;
    await ready;
    return view;
  }

  stop(): void {
    const following = this.following;
    this.following = undefined;
    if (following) this.stopping = following.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stop();
    await this.stopping;
  }

  private follow(): Following {
    const view = new FleetView(this.quality, this.location.tracksOffline);
    const shards = Array.from({ length: this.locations.shards }, (_, shard) =>
      this.shardCursor(view, shard),
    );
    const states = this.stateCursor(view);
    const syncAll = () => Promise.all([states.sync(), ...shards.map((cursor) => cursor.sync())]);
    const forgetRestored = this.subscriber.onRestored(() => void syncAll());
    const onStates = (changes: AvailabilityChanges) => states.receive(changes);
    const onPositions = (changes: LocationChanges) =>
      this.takePositions(shards[changes.shard]!, changes);
    // Feeds that were left a moment ago must be left before they are followed again.
    const ready = this.stopping.then(async () => {
      await Promise.all([this.availability.follow(onStates), this.locations.follow(onPositions)]);
      await syncAll();
      // The first viewer gets all of it: nothing of it is a change.
      view.takeChanges(Date.now());
      this.cause.take();
      following.isReady = true;
    });
    const stop = async (): Promise<void> => {
      forgetRestored();
      for (const cursor of [states, ...shards]) cursor.stop();
      await ready.catch(() => undefined);
      await Promise.all([this.availability.leave(onStates), this.locations.leave(onPositions)]);
    };
    const isInSync = () => [states, ...shards].every((cursor) => cursor.isInSync);
    const following: Following = { view, isReady: false, isInSync, ready, stop };
    return following;
  }

  private takePositions(
    shard: FeedCursor<LocationChanges, ShardSnapshot>,
    changes: LocationChanges,
  ): void {
    const { positions, traceparent } = changes;
    if (!this.tracing.follows(traceparent)) return shard.receive(changes);
    const attributes = {
      'ridewire.channel.kind': 'positions',
      'ridewire.positions': positions.length,
    };
    return this.tracing.deliver(traceparent, attributes, () => {
      shard.receive(changes);
      this.cause.note();
    });
  }

  private shardCursor(view: FleetView, shard: number): FeedCursor<LocationChanges, ShardSnapshot> {
    const apply = (positions: LocationChanges['positions']) => {
      for (const { driverId, position } of positions) view.applyPosition(driverId, position);
    };
    return new FeedCursor({
      readSnapshot: () => this.locations.snapshot(shard),
      applySnapshot: (snapshot) => apply(snapshot.positions),
      applyChanges: (changes) => apply(changes.positions),
      onTrouble: (trouble, err) =>
        this.log.warn({ feed: `positions ${shard}`, trouble, err }, 'feed reads anew'),
    });
  }

  private stateCursor(
    view: FleetView,
  ): FeedCursor<AvailabilityChanges, { revision: number; records: AvailabilityRecord[] }> {
    return new FeedCursor({
      readSnapshot: () => this.availability.snapshot(),
      applySnapshot: (snapshot) => view.replaceStates(snapshot.records),
      applyChanges: (changes) => {
        for (const fact of changes.facts) view.applyState(fact);
      },
      onTrouble: (trouble, err) =>
        this.log.warn({ feed: 'availability', trouble, err }, 'feed reads anew'),
    });
  }
}
