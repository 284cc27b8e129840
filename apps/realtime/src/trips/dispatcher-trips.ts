import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Namespace, RequestError, TripSnapshotReason, type TripView } from '#libs/contracts';
import { Log } from '#libs/observability';
import {
  progressIn,
  progressOf,
  TripClock,
  TripFeed,
  TripsService,
  toTripView,
  type TripAnnouncement,
  type TripHistoryEntry,
  type TripRecord,
} from '#libs/trips';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { SocketServer } from '../socket/socket-server.js';
import { DispatcherDesk } from './dispatcher-desk.js';
import { DriverFollowing } from './driver-following.js';
import { namedTrips } from './named-trips.js';
import { readUntilDone } from './read-until-done.js';

/** Trips of which the newest version is remembered here; more forget the oldest. */
const REMEMBERED_TRIPS = 20_000;
/** Trips that one dispatcher may have joined. */
const MAX_JOINED = 100;
/** Trips that are read together after an outage. */
const CATCH_UP_BATCH = 100;

/**
 * Tells the dispatchers on this instance about every trip, each event once and in order. Only
 * instances with a dispatcher follow the feed of all trips (FAN1).
 */
@Injectable()
export class DispatcherTrips implements OnModuleInit {
  private readonly desks = new Map<RealtimeSocket, DispatcherDesk>();
  /** The newest version of each trip that was told here; 0 for one that was under way before. */
  private readonly told = new Map<string, number>();
  private subscribed: Promise<boolean> = Promise.resolve(false);
  /** What happened before is not this instance's to tell; epoch ms of Redis. */
  private followedSince = 0;
  /** The time of the newest event that came over the feed; epoch ms of Redis. */
  private newestAt = 0;

  constructor(
    private readonly server: SocketServer,
    private readonly trips: TripsService,
    private readonly feed: TripFeed,
    private readonly following: DriverFollowing,
    private readonly clock: TripClock,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.feed.onRestored(() => void this.readAll());
  }

  /** From here on the dispatcher is told everything, of trips that it names from there on. */
  async add(socket: RealtimeSocket): Promise<void> {
    const desk = new DispatcherDesk(socket);
    const named = namedTrips(socket);
    for (const tripId of named.keys()) desk.hold(tripId);
    this.desks.set(socket, desk);
    this.subscribed = this.subscribed
      .catch(() => false)
      .then((isActive) => isActive || this.follow());
    if (!(await this.subscribed)) throw new RequestError('REDIS_UNAVAILABLE');
    for (const [tripId, version] of named) await this.replayTo(desk, tripId, version);
  }

  async remove(socket: RealtimeSocket): Promise<void> {
    const desk = this.desks.get(socket);
    if (!desk) return;
    for (const tripId of desk.joined) this.following.leave(socket, tripId);
    this.desks.delete(socket);
    if (this.desks.size > 0) return;
    this.subscribed = Promise.resolve(false);
    this.told.clear();
    await this.feed.leaveAll();
  }

  /**
   * Follows one trip more closely: where its driver is, and what the dispatcher has missed of it.
   * @param version the newest event that the dispatcher has seen; undefined for none
   * @throws RequestError NOT_FOUND, TOO_MANY_ROOMS
   */
  async join(socket: RealtimeSocket, tripId: string, version?: number): Promise<TripView> {
    const desk = this.desks.get(socket);
    if (!desk) throw new RequestError('CONFLICT');
    if (!desk.joined.has(tripId) && desk.joined.size >= MAX_JOINED)
      throw new RequestError('TOO_MANY_ROOMS');
    const trip =
      version === undefined
        ? await this.trips.get(tripId)
        : await this.replayTo(desk, tripId, version);
    if (!trip) throw new RequestError('NOT_FOUND', { message: 'There is no such trip.' });
    await this.joinAs(desk, trip);
    return toTripView(trip);
  }

  leave(socket: RealtimeSocket, tripId: string): void {
    if (this.desks.get(socket)?.joined.delete(tripId)) this.following.leave(socket, tripId);
  }

  private async follow(): Promise<boolean> {
    this.followedSince = this.clock.now();
    this.newestAt = this.followedSince;
    if (!(await this.feed.followAll((announcement) => this.receive(announcement)))) return false;
    // They are looked at after an outage, also when they have ended by then.
    for (const tripId of await this.trips.activeTripIds())
      this.told.set(tripId, this.told.get(tripId) ?? 0);
    return true;
  }

  private receive(announcement: TripAnnouncement): void {
    const { tripId, entries } = announcement;
    this.following.update(progressIn(announcement), this.whoJoined(tripId));
    const first = entries[0]!;
    this.newestAt = Math.max(this.newestAt, first.at);
    if (first.version === (this.told.get(tripId) ?? 0) + 1) this.tellAll(tripId, entries);
    else void this.readUntilDone(() => this.fillGap(tripId, first.version));
  }

  private tellAll(tripId: string, entries: readonly TripHistoryEntry[]): void {
    let told = this.told.get(tripId) ?? 0;
    for (const entry of entries) {
      if (entry.version <= told) continue;
      told = entry.version;
      this.tell(tripId, entry);
    }
    this.told.delete(tripId);
    this.told.set(tripId, told);
    if (this.told.size > REMEMBERED_TRIPS) this.told.delete(this.told.keys().next().value!);
  }

  private tell(tripId: string, entry: TripHistoryEntry): void {
    const takers: string[] = [];
    for (const [socket, desk] of this.desks) if (desk.takes(tripId, entry)) takers.push(socket.id);
    if (takers.length === 0) return;
    const room = this.server.namespace(Namespace.admin).local.to(takers);
    for (const { to, event, payload } of entry.tellings) {
      if (to.includes('admin')) room.emit(event, payload as never);
    }
  }

  /**
   * Tells what the feed did not bring of a trip.
   * @param announced the version that it did bring
   */
  private async fillGap(tripId: string, announced = Number.POSITIVE_INFINITY): Promise<void> {
    const told = this.told.get(tripId) ?? 0;
    const kept = await this.trips.keptHistory(tripId, told);
    const isOurs = ({ at, version }: TripHistoryEntry) =>
      told > 0 || at >= this.followedSince || version >= announced;
    this.tellAll(tripId, kept.filter(isOurs));
  }

  /** @returns the trip as it was before what has been sent, or null when there is none */
  private async replayTo(
    desk: DispatcherDesk,
    tripId: string,
    version: number,
  ): Promise<TripRecord | null> {
    let trip: TripRecord | null = null;
    await desk.replay(tripId, version, async () => {
      trip = await this.trips.find(tripId);
      const missed =
        trip && version <= trip.version ? await this.trips.historyAfter(tripId, version) : null;
      if (!missed) {
        const reason = trip ? TripSnapshotReason.eventsGone : TripSnapshotReason.tripGone;
        desk.show(tripId, trip, reason);
      }
      return missed;
    });
    return trip;
  }

  private async joinAs(desk: DispatcherDesk, trip: TripRecord): Promise<void> {
    if (!this.desks.has(desk.socket)) return;
    desk.joined.add(trip.id);
    this.following.update(progressOf(trip), [desk.socket]);
    // What was announced since the trip was read did not reach one who had not joined it yet.
    if ((this.told.get(trip.id) ?? 0) > trip.version) await this.lookAgain(trip.id);
  }

  private *whoJoined(tripId: string): Generator<RealtimeSocket> {
    for (const [socket, { joined }] of this.desks) {
      if (joined.has(tripId)) yield socket;
    }
  }

  private async lookAgain(tripId: string): Promise<void> {
    const trip = await this.trips.find(tripId);
    if (trip) this.following.update(progressOf(trip), this.whoJoined(tripId));
  }

  /** After an outage: what trips did that were told here or are under way, and those that began. */
  private async readAll(): Promise<void> {
    if (this.desks.size === 0) return;
    const began = this.newestAt;
    await this.readUntilDone(async () => {
      const lists = await Promise.all([this.trips.activeTripIds(), this.trips.tripIdsSince(began)]);
      const tripIds = [...new Set([...this.told.keys(), ...lists.flat()])];
      for (let first = 0; first < tripIds.length; first += CATCH_UP_BATCH) {
        const batch = tripIds.slice(first, first + CATCH_UP_BATCH);
        await Promise.all(batch.map((tripId) => this.fillGap(tripId)));
      }
      const joined = new Set([...this.desks.values()].flatMap((desk) => [...desk.joined]));
      for (const tripId of joined) await this.lookAgain(tripId);
    });
  }

  private async readUntilDone(step: () => Promise<void>): Promise<void> {
    try {
      await readUntilDone(step, () => this.desks.size > 0);
    } catch (error) {
      this.log.error({ err: error }, 'reading what dispatchers missed of trips failed');
    }
  }
}
