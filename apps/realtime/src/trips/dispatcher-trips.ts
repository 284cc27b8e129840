import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ADMIN_TRIPS_ROOM, Namespace, RequestError, type TripView } from '#libs/contracts';
import { Log } from '#libs/observability';
import {
  progressIn,
  progressOf,
  TripFeed,
  TripsService,
  toTripView,
  type TripAnnouncement,
  type TripHistoryEntry,
} from '#libs/trips';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { SocketServer } from '../socket/socket-server.js';
import { DriverFollowing } from './driver-following.js';
import { readUntilDone } from './read-until-done.js';

/** Trips of which the newest version is remembered here; more forget the oldest. */
const REMEMBERED_TRIPS = 20_000;
/** Trips that one dispatcher may have joined. */
const MAX_JOINED = 100;

/**
 * Tells the dispatchers on this instance about every trip, each event once and in order. Only
 * instances with a dispatcher follow the feed of all trips (FAN1).
 */
@Injectable()
export class DispatcherTrips implements OnModuleInit {
  /** Each dispatcher with the trips that it has joined, and the newest event that it was given then. */
  private readonly dispatchers = new Map<RealtimeSocket, Map<string, number>>();
  /** The newest version of each trip that was told here. */
  private readonly told = new Map<string, number>();
  private subscribed: Promise<boolean> | undefined;

  constructor(
    private readonly server: SocketServer,
    private readonly trips: TripsService,
    private readonly feed: TripFeed,
    private readonly following: DriverFollowing,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.feed.onRestored(() => {
      void this.readUntilDone(() => this.catchUp());
    });
  }

  /** From here on the dispatcher, who is in the room of trips already, is told everything. */
  async add(socket: RealtimeSocket): Promise<void> {
    this.dispatchers.set(socket, new Map());
    this.subscribed ??= this.feed.followAll((announcement) => this.receive(announcement));
    if (await this.subscribed) return;
    throw new RequestError('REDIS_UNAVAILABLE');
  }

  async remove(socket: RealtimeSocket): Promise<void> {
    const joined = this.dispatchers.get(socket);
    if (!joined) return;
    for (const tripId of joined.keys()) this.following.leave(socket, tripId);
    this.dispatchers.delete(socket);
    if (this.dispatchers.size > 0) return;
    this.subscribed = undefined;
    this.told.clear();
    await this.feed.leaveAll();
  }

  /**
   * Follows one trip more closely: where its driver is, and what the dispatcher has missed of it.
   * @param version the newest event that the dispatcher has seen; undefined for none
   * @throws RequestError NOT_FOUND, TOO_MANY_ROOMS
   */
  async join(socket: RealtimeSocket, tripId: string, version?: number): Promise<TripView> {
    const joined = this.dispatchers.get(socket);
    if (!joined) throw new RequestError('CONFLICT');
    if (!joined.has(tripId) && joined.size >= MAX_JOINED) throw new RequestError('TOO_MANY_ROOMS');
    const trip = await this.trips.get(tripId);
    const missed = version === undefined ? [] : await this.trips.historyAfter(tripId, version);
    // What has come over the feed meanwhile, this dispatcher has been told.
    const toldMeanwhile = this.told.get(tripId) ?? Number.POSITIVE_INFINITY;
    const given = missed?.filter((entry) => entry.version <= toldMeanwhile) ?? [];
    for (const entry of given)
      tell(entry, (event, payload) => socket.emit(event, payload as never));
    joined.set(tripId, given.at(-1)?.version ?? 0);
    if (this.dispatchers.has(socket)) this.following.update(progressOf(trip), [socket]);
    // What was announced since the trip was read did not reach one who had not joined it yet.
    if ((this.told.get(tripId) ?? 0) > trip.version) await this.lookAgain(tripId);
    return toTripView(trip);
  }

  leave(socket: RealtimeSocket, tripId: string): void {
    if (this.dispatchers.get(socket)?.delete(tripId)) this.following.leave(socket, tripId);
  }

  private receive(announcement: TripAnnouncement): void {
    const { tripId, entries } = announcement;
    this.following.update(progressIn(announcement), this.whoJoined(tripId));
    const told = this.told.get(tripId);
    const first = entries[0]!.version;
    if (told !== undefined && first > told + 1) void this.readUntilDone(() => this.replay(tripId));
    else this.tellAll(tripId, entries);
  }

  private tellAll(tripId: string, entries: readonly TripHistoryEntry[]): void {
    let told = this.told.get(tripId) ?? 0;
    for (const entry of entries) {
      if (entry.version <= told) continue;
      told = entry.version;
      const seen = this.haveSeen(tripId, entry.version);
      const room = this.server.namespace(Namespace.admin).local.to(ADMIN_TRIPS_ROOM).except(seen);
      tell(entry, (event, payload) => room.emit(event, payload as never));
    }
    this.told.delete(tripId);
    this.told.set(tripId, told);
    if (this.told.size > REMEMBERED_TRIPS) this.told.delete(this.told.keys().next().value!);
  }

  private *whoJoined(tripId: string): Generator<RealtimeSocket> {
    for (const [socket, joined] of this.dispatchers) {
      if (joined.has(tripId)) yield socket;
    }
  }

  private async lookAgain(tripId: string): Promise<void> {
    const trip = await this.trips.find(tripId);
    if (trip) this.following.update(progressOf(trip), this.whoJoined(tripId));
  }

  /** Sockets that got an event when they joined its trip. */
  private haveSeen(tripId: string, version: number): string[] {
    const seen: string[] = [];
    for (const [socket, joined] of this.dispatchers) {
      if ((joined.get(tripId) ?? 0) >= version) seen.push(socket.id);
    }
    return seen;
  }

  private async replay(tripId: string): Promise<void> {
    const missed = await this.trips.historyAfter(tripId, this.told.get(tripId) ?? 0);
    if (missed) this.tellAll(tripId, missed);
    else this.told.delete(tripId);
  }

  /** After an outage: what trips did that were under way, and those that began meanwhile. */
  private async catchUp(): Promise<void> {
    const active = await this.trips.activeTripIds();
    for (const tripId of new Set([...this.told.keys(), ...active])) await this.replay(tripId);
    const joined = [...this.dispatchers.values()].flatMap((trips) => [...trips.keys()]);
    for (const tripId of new Set(joined)) await this.lookAgain(tripId);
  }

  private async readUntilDone(step: () => Promise<void>): Promise<void> {
    try {
      await readUntilDone(step, () => this.dispatchers.size > 0);
    } catch (error) {
      this.log.error({ err: error }, 'reading what dispatchers missed of trips failed');
    }
  }
}

function tell(entry: TripHistoryEntry, send: (event: string, payload: object) => void): void {
  for (const { to, event, payload } of entry.tellings) {
    if (to.includes('admin')) send(event, payload);
  }
}
