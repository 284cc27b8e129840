import { Injectable } from '@nestjs/common';
import { RequestError, TripSnapshotReason, type TripView } from '#libs/contracts';
import {
  progressIn,
  progressOf,
  TripsService,
  tripNotFound,
  toTripView,
  type TripHistoryEntry,
  type TripRecord,
} from '#libs/trips';
import { Outbox } from '../socket/sending/outbox.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { DispatcherReader } from './dispatcher-reader.js';
import { DriverFollowing } from './driver-following.js';
import { EveryTrip, type EveryTripListener } from './every-trip.js';

/** Trips that one dispatcher may have joined. */
const MAX_JOINED = 100;

/**
 * Sends the events of all trips to the dispatchers on this instance, each once and in order. Only
 * instances with a dispatcher follow the feed of all trips (FAN1).
 */
@Injectable()
export class DispatcherTrips {
  private readonly dispatchers = new Map<RealtimeSocket, DispatcherReader>();
  private readonly listener: EveryTripListener = {
    announced: (step) => this.following.update(progressIn(step), this.whoJoined(step.tripId)),
    happened: (tripId, entry) => this.tell(tripId, entry),
    caughtUp: () => this.lookAgainAtJoined(),
  };

  constructor(
    private readonly outbox: Outbox,
    private readonly trips: TripsService,
    private readonly everyTrip: EveryTrip,
    private readonly following: DriverFollowing,
  ) {}

  /**
   * From here on the dispatcher gets every event, of trips that it names from the named version on.
   * @throws RequestError REDIS_UNAVAILABLE
   */
  async add(socket: RealtimeSocket): Promise<void> {
    const dispatcher = new DispatcherReader(socket);
    const named = socket.data.connection.options.trips;
    for (const tripId of named.keys()) dispatcher.hold(tripId);
    this.dispatchers.set(socket, dispatcher);
    if (!(await this.everyTrip.follow(this.listener))) throw new RequestError('REDIS_UNAVAILABLE');
    for (const [tripId, version] of named) await this.replayTo(dispatcher, tripId, version);
  }

  async remove(socket: RealtimeSocket): Promise<void> {
    const dispatcher = this.dispatchers.get(socket);
    if (!dispatcher) return;
    for (const tripId of dispatcher.joined) this.following.leave(socket, tripId);
    this.dispatchers.delete(socket);
    if (this.dispatchers.size === 0) await this.everyTrip.leave();
  }

  /**
   * Follows one trip more closely: where its driver is, and what the dispatcher has missed of it.
   * @param version the newest event that the dispatcher has seen; undefined for none
   * @throws RequestError NOT_FOUND, TOO_MANY_ROOMS
   */
  async join(socket: RealtimeSocket, tripId: string, version?: number): Promise<TripView> {
    const dispatcher = this.dispatchers.get(socket);
    if (!dispatcher) throw new RequestError('CONFLICT');
    if (!dispatcher.joined.has(tripId) && dispatcher.joined.size >= MAX_JOINED)
      throw new RequestError('TOO_MANY_ROOMS');
    const trip =
      version === undefined
        ? await this.trips.find(tripId)
        : await this.replayTo(dispatcher, tripId, version);
    if (!trip) throw tripNotFound();
    if (this.dispatchers.has(socket)) await this.joinAs(dispatcher, trip);
    return toTripView(trip);
  }

  leave(socket: RealtimeSocket, tripId: string): void {
    if (this.dispatchers.get(socket)?.joined.delete(tripId)) this.following.leave(socket, tripId);
  }

  private tell(tripId: string, entry: TripHistoryEntry): void {
    const takers: string[] = [];
    for (const [socket, dispatcher] of this.dispatchers)
      if (dispatcher.takes(tripId, entry)) takers.push(socket.id);
    if (takers.length === 0) return;
    for (const { to, event, payload } of entry.notices) {
      if (to.includes('admin')) this.outbox.admin.tripEventToLocal(takers, { event, payload });
    }
  }

  /** @returns the trip as it was before what has been sent, or null when there is none */
  private async replayTo(
    dispatcher: DispatcherReader,
    tripId: string,
    version: number,
  ): Promise<TripRecord | null> {
    let trip: TripRecord | null = null;
    await dispatcher.replay(tripId, version, async () => {
      trip = await this.trips.find(tripId);
      const missed =
        trip && version <= trip.version ? await this.trips.historyAfter(tripId, version) : null;
      if (!missed) {
        const reason = trip ? TripSnapshotReason.eventsGone : TripSnapshotReason.tripGone;
        dispatcher.show(tripId, trip, reason);
      }
      return missed;
    });
    return trip;
  }

  private async joinAs(dispatcher: DispatcherReader, trip: TripRecord): Promise<void> {
    dispatcher.joined.add(trip.id);
    this.following.update(progressOf(trip), [dispatcher.socket]);
    // What was announced since the trip was read did not reach one who had not joined it yet.
    if (this.everyTrip.versionOf(trip.id) > trip.version) await this.lookAgain(trip.id);
  }

  private *whoJoined(tripId: string): Generator<RealtimeSocket> {
    for (const [socket, { joined }] of this.dispatchers) {
      if (joined.has(tripId)) yield socket;
    }
  }

  private async lookAgain(tripId: string): Promise<void> {
    const trip = await this.trips.find(tripId);
    if (trip) this.following.update(progressOf(trip), this.whoJoined(tripId));
  }

  private async lookAgainAtJoined(): Promise<void> {
    const joined = new Set(
      [...this.dispatchers.values()].flatMap((dispatcher) => [...dispatcher.joined]),
    );
    for (const tripId of joined) await this.lookAgain(tripId);
  }
}
