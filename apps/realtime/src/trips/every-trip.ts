import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Log } from '#libs/observability';
import { readUntilDone } from '#libs/redis';
import {
  TripClock,
  TripFeed,
  TripsService,
  type TripAnnouncement,
  type TripHistoryEntry,
} from '#libs/trips';
import { TripVersions } from './trip-versions.js';

/** Trips that are read together. */
const BATCH = 100;
/** Clocks of instances differ by less. */
const MARGIN_MS = 60_000;

export interface EveryTripListener {
  /** A step of a trip as it was announced, in whatever order. */
  announced: (announcement: TripAnnouncement) => void;
  /** Each event of a trip, once and in order. */
  happened: (tripId: string, entry: TripHistoryEntry) => void;
  /** After an outage, when all that was missed has happened. */
  caughtUp: () => Promise<void>;
}

/**
 * What happens to every trip from the moment on that it is followed: each event once and in the order
 * of its trip, over lost announcements and outages of Redis.
 */
@Injectable()
export class EveryTrip implements OnModuleInit {
  private listener: EveryTripListener | undefined;
  private following: Promise<boolean> = Promise.resolve(false);
  private readonly versions = new TripVersions();
  /** Announcements that come while the versions are read. */
  private early: TripAnnouncement[] | undefined;
  /** When announcements began to be lost that are not made up for yet; epoch ms of Redis. */
  private lostAt: number | undefined;

  constructor(
    private readonly trips: TripsService,
    private readonly feed: TripFeed,
    private readonly clock: TripClock,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.feed.onLost(() => (this.lostAt ??= this.clock.now()));
    this.feed.onRestored(() => void this.catchUp());
  }

  /**
   * Resolves true once it is followed, at once when it is already; false when Redis is away.
   * @throws RequestError REDIS_UNAVAILABLE
   */
  follow(listener: EveryTripListener): Promise<boolean> {
    this.listener = listener;
    this.following = this.following
      .catch(() => false)
      .then((isFollowed) => isFollowed || this.begin());
    return this.following;
  }

  async leave(): Promise<void> {
    this.listener = undefined;
    this.following = Promise.resolve(false);
    await this.feed.leaveAll(this.receive);
  }

  /** The newest event of a trip that has happened; 0 for none. */
  versionOf(tripId: string): number {
    return this.versions.of(tripId);
  }

  private async begin(): Promise<boolean> {
    const knownSince = this.clock.now() - MARGIN_MS;
    this.versions.begin(knownSince);
    this.lostAt = undefined;
    this.early = [];
    try {
      const isActive = await this.feed.followAll(this.receive);
      if (isActive) await this.learnVersions(knownSince);
      return isActive;
    } finally {
      const { early } = this;
      this.early = undefined;
      for (const announcement of early) this.receive(announcement);
    }
  }

  /** What has happened by now is not missed: of trips that may go on, and of young ones. */
  private async learnVersions(knownSince: number): Promise<void> {
    const lists = await Promise.all([
      this.trips.activeTripIds(),
      this.trips.tripIdsSince(knownSince),
    ]);
    for (const tripIds of batchesOf([...new Set(lists.flat())])) {
      const versions = await this.trips.versionsOf(tripIds);
      for (const [i, tripId] of tripIds.entries())
        this.versions.note(tripId, { version: versions[i]!, at: this.clock.now() });
    }
    // Announced since the feed is followed, so that it has to be sent.
    for (const { tripId, entries } of (this.early ?? []).toReversed())
      this.versions.note(tripId, { version: entries[0]!.version - 1, at: entries[0]!.at });
  }

  private readonly receive = (announcement: TripAnnouncement): void => {
    if (this.early) {
      this.early.push(announcement);
      return;
    }
    const { tripId, entries } = announcement;
    this.listener?.announced(announcement);
    const first = entries[0]!;
    if (first.version <= this.versionOf(tripId) + 1) this.pass(tripId, entries);
    else void this.readUntilDone(() => this.fillGap(tripId, first.version));
  };

  private pass(tripId: string, entries: readonly TripHistoryEntry[]): void {
    for (const entry of entries) {
      if (entry.version <= this.versionOf(tripId)) continue;
      this.versions.note(tripId, entry);
      this.listener?.happened(tripId, entry);
    }
  }

  /**
   * Reads what was not announced of a trip. One that is not known has begun meanwhile, or is one of
   * long ago: then only what was announced is new.
   * @param announced the version that was
   */
  private async fillGap(tripId: string, announced = Number.POSITIVE_INFINITY): Promise<void> {
    const kept = await this.trips.keptHistory(tripId, this.versionOf(tripId));
    const missed = this.versions.isFollowed(tripId, kept[0])
      ? kept
      : kept.filter(({ version }) => version >= announced);
    this.pass(tripId, missed);
  }

  /** What trips did that are known, and those that were requested meanwhile. */
  private async catchUp(): Promise<void> {
    const since = (this.lostAt ?? this.clock.now()) - MARGIN_MS;
    // Forgotten at once: a connection that breaks again meanwhile is another loss.
    this.lostAt = undefined;
    await this.readUntilDone(async () => {
      const young = await this.trips.tripIdsSince(since);
      for (const tripIds of batchesOf([...new Set([...this.versions.ids(), ...young])]))
        await Promise.all(tripIds.map((tripId) => this.fillGap(tripId)));
      await this.listener?.caughtUp();
    });
  }

  private async readUntilDone(step: () => Promise<void>): Promise<void> {
    try {
      await readUntilDone(step, () => this.listener !== undefined);
    } catch (error) {
      this.log.error({ err: error }, 'reading what was missed of trips failed');
    }
  }
}

function* batchesOf(tripIds: readonly string[]): Generator<string[]> {
  for (let first = 0; first < tripIds.length; first += BATCH)
    yield tripIds.slice(first, first + BATCH);
}
