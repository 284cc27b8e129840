import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  Namespace,
  RequestError,
  TERMINAL_TRIP_STATUSES,
  type AvailabilitySnapshot,
} from '#libs/contracts';
import { AvailabilityService } from '#libs/drivers';
import { toTripUpdate } from '#libs/fleet';
import { DeliveryDelays, Log, Tracing } from '#libs/observability';
import { readUntilDone } from '#libs/redis';
import {
  driverAudience,
  TripClock,
  TripFeed,
  TripHistoryType,
  TripsService,
  tripAnnouncementIn,
  type TripAnnouncement,
} from '#libs/trips';
import { sendAway } from '../socket/connection/cut-connection.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { Outbox } from '../socket/sending/outbox.js';
import { PersonalChannels } from '../socket/sending/personal-channels.js';
import { DriverFollowing } from './driver-following.js';
import { OfferDelivery } from './offer-delivery.js';
import { TripReader, type TripReaderListeners } from './trip-reader.js';

/** Readers that catch up at the same time after an outage. */
const CATCH_UP_BATCH = 100;
/** A lost connection is noticed this much later: announcements may be missing since then. */
const MARGIN_MS = 60_000;

interface Person {
  readers: readonly TripReader[];
  /** Announcements so far: what is read while one comes may be older than it. */
  announced: number;
}

/** Brings what happens to trips to the passengers and drivers on this instance. */
@Injectable()
export class TripDelivery implements OnModuleInit {
  private readonly people = new Map<string, Person>();
  private readonly readers = new Map<RealtimeSocket, TripReader>();
  private readonly listeners: TripReaderListeners;
  /** When announcements began to be lost that are not made up for yet; epoch ms of Redis. */
  private lostAt: number | undefined;

  constructor(
    private readonly trips: TripsService,
    private readonly offers: OfferDelivery,
    private readonly feed: TripFeed,
    private readonly outbox: Outbox,
    private readonly channels: PersonalChannels,
    private readonly availability: AvailabilityService,
    private readonly following: DriverFollowing,
    private readonly clock: TripClock,
    private readonly delays: DeliveryDelays,
    private readonly log: Log,
    private readonly tracing: Tracing,
  ) {
    this.listeners = {
      offer: (socket, offer) => offers.send(socket, offer),
      progress: (socket, progress) => following.update(progress, [socket]),
      failure: (error) => log.error({ err: error }, 'reading what a client missed failed'),
    };
  }

  onModuleInit(): void {
    this.channels.onMessage((personId, message) => {
      const announcement = tripAnnouncementIn(message);
      if (announcement) this.receive(personId, announcement);
    });
    this.feed.onLost(() => (this.lostAt ??= this.clock.now()));
    this.feed.onRestored(() => void this.catchUpAll());
  }

  /**
   * Sends the client the state of its trip, then what happens. Its channel is followed already (FAN2).
   * @param shownTripId the trip that a driver was just greeted with
   */
  async add(socket: RealtimeSocket, shownTripId: string | null = null): Promise<void> {
    const { userId } = socket.data.principal;
    const isPassenger = socket.nsp.name === Namespace.passengers;
    const reader = new TripReader(
      socket,
      isPassenger ? 'passenger' : driverAudience(userId),
      this.trips,
      this.listeners,
      this.clock.now(),
    );
    reader.shownTripId = shownTripId;
    this.readers.set(socket, reader);
    this.join(userId, reader);
    const named = socket.data.connection.options.trips;
    let tripId: string | null = null;
    await reader.catchUp(async () => {
      for (const [id, version] of named) await reader.resume(id, version);
      tripId = await this.welcome(reader, named);
    });
    if (isPassenger) return;
    // Its trip was taken or ended after the greeting was read and before this reader was there.
    if (tripId !== reader.shownTripId && (await this.isOutdated(reader)))
      await this.tellAvailability(userId, [reader]);
  }

  remove(socket: RealtimeSocket): void {
    const reader = this.readers.get(socket);
    if (!reader) return;
    this.readers.delete(socket);
    for (const [tripId] of reader.known()) this.following.leave(socket, tripId);
    const { userId } = socket.data.principal;
    const person = this.people.get(userId);
    if (!person?.readers.includes(reader)) return;
    person.readers = person.readers.filter((other) => other !== reader);
    if (person.readers.length > 0) return;
    this.people.delete(userId);
  }

  /** @throws RequestError NOT_FOUND when the trip is gone or not this person's */
  async resume(socket: RealtimeSocket, tripId: string, version?: number): Promise<void> {
    const reader = this.readers.get(socket);
    if (!reader) return;
    let isThere = true;
    await reader.catchUp(async () => {
      isThere = await reader.resume(tripId, version);
    });
    if (!isThere) throw new RequestError('NOT_FOUND', { message: 'You have no such trip.' });
  }

  private join(userId: string, reader: TripReader): void {
    const person = this.people.get(userId);
    if (person) person.readers = [...person.readers, reader];
    else this.people.set(userId, { readers: [reader], announced: 0 });
  }

  /** A trip of another system has no record here, and the driver is still shown on it. */
  private async isOutdated({ socket, shownTripId }: TripReader): Promise<boolean> {
    const [state] = await this.availability.states([socket.data.principal.userId]);
    return state?.record.tripId !== (shownTripId ?? '');
  }

  private receive(userId: string, announcement: TripAnnouncement): void {
    const { tripId, traceparent, entries } = announcement;
    if (!this.tracing.follows(traceparent)) return this.bring(userId, announcement);
    const attributes = {
      'ridewire.trip.id': tripId,
      'ridewire.trip.event': entries.at(-1)?.type ?? '',
    };
    return this.tracing.deliver(traceparent, attributes, () => this.bring(userId, announcement));
  }

  private bring(userId: string, announcement: TripAnnouncement): void {
    const person = this.people.get(userId);
    if (!person) return;
    person.announced += 1;
    for (const reader of person.readers) reader.receive(announcement);
    const told = announcement.entries.at(-1);
    if (told) {
      const isOffer = told.type === TripHistoryType.offered;
      this.delays.note(isOffer ? 'offers' : 'trips', told.at, this.clock.now());
    }
    if (announcement.passengerId === userId) return;
    const { tripId, driverId, status } = announcement;
    const isOn = driverId === userId && !TERMINAL_TRIP_STATUSES.includes(status);
    const unaware = person.readers.filter(({ shownTripId }) => isOn !== (shownTripId === tripId));
    if (unaware.length === 0) return;
    for (const reader of unaware) reader.shownTripId = isOn ? tripId : null;
    // No other announcement brings it: Redis is asked until it answers.
    readUntilDone(
      () => this.tellAvailability(userId, unaware),
      () => unaware.some(({ socket }) => socket.connected),
    ).catch((error: unknown) =>
      this.log.error({ err: error }, 'sending a driver its availability failed'),
    );
  }

  /** Taking a trip and ending it change what the driver's devices show of its availability. */
  private async tellAvailability(userId: string, readers: readonly TripReader[]): Promise<void> {
    const snapshot = await this.newestAvailability(userId).catch((error: unknown) => {
      if (error instanceof RequestError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    });
    if (!snapshot) {
      this.log.warn(
        { userId },
        'Redis has lost a driver who is connected: the driver is sent away to connect anew',
      );
      for (const { socket } of readers)
        sendAway(socket, new RequestError('REDIS_UNAVAILABLE', { retryAfterMs: 1_000 }));
      return;
    }
    for (const reader of readers) {
      const { socket } = reader;
      reader.shownTripId = snapshot.currentTripId;
      this.outbox.drivers.toSocket(socket, 'driver:trip:update', toTripUpdate(snapshot));
      this.outbox.drivers.toSocket(socket, 'driver:availability:update', snapshot);
    }
  }

  /** No older than the announcements that have come: none of them is made a second time. */
  private async newestAvailability(userId: string): Promise<AvailabilitySnapshot> {
    const announced = this.people.get(userId)?.announced;
    const snapshot = await this.availability.find(userId);
    const isNewest = this.people.get(userId)?.announced === announced;
    return isNewest ? snapshot : this.newestAvailability(userId);
  }

  /**
   * Shows the trip that is under way, unless the client has named it, and an offer that waits.
   * @returns the id of that trip
   */
  private async welcome(
    reader: TripReader,
    named: ReadonlyMap<string, number> = new Map(),
  ): Promise<string | null> {
    const { userId } = reader.socket.data.principal;
    const isPassenger = reader.audience === 'passenger';
    const [trip, open] = await Promise.all([
      isPassenger ? this.trips.activeOf(userId) : this.trips.ofDriver(userId),
      isPassenger ? null : this.trips.openOfferOf(userId),
    ]);
    if (trip && !reader.known().some(([tripId]) => tripId === trip.id)) reader.show(trip);
    if (open && open.until > this.clock.now())
      await this.offers.sendAgain(reader, open.assignmentId, named);
    return trip?.id ?? null;
  }

  /** Announcements may have been lost: everybody reads what they missed. */
  private async catchUpAll(): Promise<void> {
    const from = (this.lostAt ?? this.clock.now()) - MARGIN_MS;
    // Forgotten at once: a connection that breaks again meanwhile is another loss.
    this.lostAt = undefined;
    const readers = [...this.readers.values()];
    for (let first = 0; first < readers.length; first += CATCH_UP_BATCH) {
      const batch = readers.slice(first, first + CATCH_UP_BATCH);
      await Promise.all(batch.map((reader) => this.catchUp(reader, from)));
    }
  }

  private async catchUp(reader: TripReader, from: number): Promise<void> {
    try {
      await readUntilDone(
        () => this.readMissed(reader, from),
        () => this.readers.get(reader.socket) === reader,
      );
    } catch (error) {
      this.log.error({ err: error }, 'reading what a client missed of its trips failed');
    }
  }

  /** @param from trips that were requested since may have begun, and ended, unheard */
  private async readMissed(reader: TripReader, from: number): Promise<void> {
    const { userId } = reader.socket.data.principal;
    await reader.catchUp(async () => {
      const known = new Map(reader.known());
      const young = await this.trips.tripIdsOf(userId, Math.max(from, reader.since));
      for (const tripId of young)
        if (!known.has(tripId) && !reader.hasForgotten(tripId)) known.set(tripId, 0);
      for (const [tripId, version] of known) await reader.resume(tripId, version);
      await this.welcome(reader);
    });
    if (reader.audience !== 'passenger') await this.tellAvailability(userId, [reader]);
  }
}
