import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Log } from '#libs/observability';
import {
  TripClock,
  TripFeed,
  TripsService,
  type TripAnnouncement,
  type TripHistoryEntry,
} from '#libs/trips';
import { readUntilDone } from './read-until-done.js';

/** Trips of which the newest version is remembered; more forget the oldest. */
const REMEMBERED_TRIPS = 20_000;
/** Trips that are read together. */
const BATCH = 100;
/** Clocks of instances differ by less: of trips that are younger than this everything is known. */
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
  /** The newest event of each trip that has happened, or had before it was followed. */
  private readonly versions = new Map<string, number>();
  /** Announcements that come while the versions are read. */
  private early: TripAnnouncement[] | undefined;
  /** All trips that were requested since are in `versions`; epoch ms of Redis. */
  private knownSince = 0;
  /** The time of the newest event that was announced; epoch ms of Redis. */
  private newestAt = 0;

  constructor(
    private readonly trips: TripsService,
    private readonly feed: TripFeed,
    private readonly clock: TripClock,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
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
    await this.feed.leaveAll();
  }

  /** The newest event of a trip that has happened; 0 for none. */
  versionOf(tripId: string): number {
    return this.versions.get(tripId) ?? 0;
  }

  private async begin(): Promise<boolean> {
    this.versions.clear();
    this.newestAt = this.clock.now();
    this.knownSince = this.newestAt - MARGIN_MS;
    this.early = [];
    try {
      const isActive = await this.feed.followAll((announcement) => this.receive(announcement));
      if (isActive) await this.learnVersions();
      return isActive;
    } finally {
      const { early } = this;
      this.early = undefined;
      for (const announcement of early) this.receive(announcement);
    }
  }

  /** What has happened by now is not missed: of trips that may go on, and of young ones. */
  private async learnVersions(): Promise<void> {
    const lists = await Promise.all([
      this.trips.activeTripIds(),
      this.trips.tripIdsSince(this.knownSince),
    ]);
    for (const tripIds of batchesOf([...new Set(lists.flat())])) {
      const versions = await this.trips.versionsOf(tripIds);
      for (const [i, tripId] of tripIds.entries()) this.remember(tripId, versions[i]!);
    }
    // Announced since the feed is followed, so that it is to be told.
    for (const { tripId, entries } of (this.early ?? []).toReversed())
      this.remember(tripId, entries[0]!.version - 1);
  }

  private receive(announcement: TripAnnouncement): void {
    if (this.early) {
      this.early.push(announcement);
      return;
    }
    const { tripId, entries } = announcement;
    this.listener?.announced(announcement);
    const first = entries[0]!;
    this.newestAt = Math.max(this.newestAt, first.at);
    if (first.version <= this.versionOf(tripId) + 1) this.pass(tripId, entries);
    else void this.readUntilDone(() => this.fillGap(tripId, first.version));
  }

  private pass(tripId: string, entries: readonly TripHistoryEntry[]): void {
    let newest = this.versionOf(tripId);
    for (const entry of entries) {
      if (entry.version <= newest) continue;
      newest = entry.version;
      this.listener?.happened(tripId, entry);
    }
    this.remember(tripId, newest);
  }

  /**
   * Reads what was not announced of a trip. One that is not known has begun meanwhile, or was over
   * long ago: then only what was announced is new.
   * @param announced the version that was
   */
  private async fillGap(tripId: string, announced = Number.POSITIVE_INFINITY): Promise<void> {
    const isKnown = this.versions.has(tripId);
    const kept = await this.trips.keptHistory(tripId, this.versionOf(tripId));
    const isWhole = isKnown || (kept[0]?.version === 1 && kept[0].at >= this.knownSince);
    const missed = isWhole ? kept : kept.filter(({ version }) => version >= announced);
    if (missed.length > 0) this.pass(tripId, missed);
  }

  /** What trips did that are known, and those that were requested meanwhile. */
  private async catchUp(): Promise<void> {
    const since = this.newestAt - MARGIN_MS;
    await this.readUntilDone(async () => {
      const young = await this.trips.tripIdsSince(since);
      for (const tripIds of batchesOf([...new Set([...this.versions.keys(), ...young])]))
        await Promise.all(tripIds.map((tripId) => this.fillGap(tripId)));
      await this.listener?.caughtUp();
    });
  }

  private remember(tripId: string, version: number): void {
    this.versions.delete(tripId);
    this.versions.set(tripId, version);
    if (this.versions.size > REMEMBERED_TRIPS)
      this.versions.delete(this.versions.keys().next().value!);
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
