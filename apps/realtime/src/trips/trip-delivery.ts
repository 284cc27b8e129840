import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Configuration } from '#libs/config';
import {
  ID_PATTERN,
  Namespace,
  RequestError,
  TripEventName,
  type TripOffered,
} from '#libs/contracts';
import { Log } from '#libs/observability';
import { RidesService } from '#libs/rides';
import { driverAudience, TripFeed, tripIdOf, TripsService } from '#libs/trips';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { TripReader } from './trip-reader.js';

/** Where no confirmation is required an app has this long to send one for the record. */
const LATE_CONFIRMATION_MS = 10_000;
/** Readers that catch up at the same time after an outage. */
const CATCH_UP_BATCH = 100;
/** Trips that a client may name when it connects. */
const MAX_NAMED_TRIPS = 20;

interface Person {
  readers: Set<TripReader>;
  subscribed: Promise<boolean>;
}

/**
 * Brings what happens to trips to the passengers and drivers on this instance. An instance follows
 * the inboxes of the people it hosts and no others (FAN1).
 */
@Injectable()
export class TripDelivery implements OnModuleInit {
  private readonly people = new Map<string, Person>();
  private readonly readers = new Map<RealtimeSocket, TripReader>();

  constructor(
    private readonly configuration: Configuration,
    private readonly trips: TripsService,
    private readonly rides: RidesService,
    private readonly feed: TripFeed,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.feed.onRestored(() => void this.catchUpAll());
  }

  /** Subscribes, then tells the client where its trip is, then what happens (FAN2). */
  async add(socket: RealtimeSocket): Promise<void> {
    const { userId } = socket.data.principal;
    const isPassenger = socket.nsp.name === Namespace.passengers;
    const reader = new TripReader(
      socket,
      isPassenger ? 'passenger' : driverAudience(userId),
      this.trips,
      (to, offer) => this.offer(to, offer),
    );
    this.readers.set(socket, reader);
    const named = readNamedTrips(socket.handshake.auth['trips']);
    await reader.catchUp(async () => {
      if (!(await this.join(userId, reader))) throw new RequestError('REDIS_UNAVAILABLE');
      for (const [tripId, version] of named) await reader.resume(tripId, version);
      await this.welcome(reader, isPassenger);
    });
  }

  async remove(socket: RealtimeSocket): Promise<void> {
    const reader = this.readers.get(socket);
    if (!reader) return;
    this.readers.delete(socket);
    const { userId } = socket.data.principal;
    const person = this.people.get(userId);
    if (!person?.readers.delete(reader) || person.readers.size > 0) return;
    this.people.delete(userId);
    await this.feed.leavePerson(userId);
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

  private async join(userId: string, reader: TripReader): Promise<boolean> {
    let person = this.people.get(userId);
    if (!person) {
      const readers = new Set<TripReader>();
      person = {
        readers,
        subscribed: this.feed.followPerson(userId, (announcement) => {
          for (const each of readers) each.receive(announcement);
        }),
      };
      this.people.set(userId, person);
    }
    person.readers.add(reader);
    return person.subscribed;
  }

  /** The trip that is under way, unless the client has named it, and an offer that waits. */
  private async welcome(reader: TripReader, isPassenger: boolean): Promise<void> {
    const { userId } = reader.socket.data.principal;
    const [trip, [open]] = await Promise.all([
      isPassenger ? this.trips.activeOf(userId) : this.trips.ofDriver(userId),
      isPassenger ? [null] : this.trips.openOffersOf([userId]),
    ]);
    if (trip && !reader.known().some(([tripId]) => tripId === trip.id)) reader.show(trip);
    if (open && open.until > Date.now()) await this.offerAgain(reader, open.assignmentId);
  }

  /** Announced while the driver was connected to nothing, or to an instance that died. */
  private async offerAgain(reader: TripReader, assignmentId: string): Promise<void> {
    const tripId = tripIdOf(assignmentId);
    if (reader.known().some(([known]) => known === tripId)) return;
    const history = (await this.trips.historyAfter(tripId, 0)) ?? [];
    const made = history.find(
      ({ tellings }) =>
        tellings[0]?.event === TripEventName.offered &&
        (tellings[0].payload as TripOffered).assignmentId === assignmentId,
    );
    if (made) reader.deliver(tripId, history, made.version - 1);
  }

  /** The app's confirmation says that the driver can be reached. */
  private offer(socket: RealtimeSocket, offer: TripOffered): void {
    const timeoutMs = this.configuration.dispatch.deliveryMs ?? LATE_CONFIRMATION_MS;
    socket.timeout(timeoutMs).emit(
      TripEventName.offered,
      offer as never,
      ((error: Error | null) => {
        if (error) return;
        const { userId } = socket.data.principal;
        this.rides.confirmOffer(userId, offer.assignmentId).catch((reason: unknown) => {
          if (reason instanceof RequestError) return;
          this.log.error(
            { assignmentId: offer.assignmentId, err: reason },
            'confirming an offer failed',
          );
        });
      }) as never,
    );
  }

  /** Announcements may have been lost: everybody reads what they missed. */
  private async catchUpAll(): Promise<void> {
    const readers = [...this.readers.values()];
    for (let first = 0; first < readers.length; first += CATCH_UP_BATCH) {
      const batch = readers.slice(first, first + CATCH_UP_BATCH);
      await Promise.all(batch.map((reader) => this.catchUp(reader)));
    }
  }

  private async catchUp(reader: TripReader): Promise<void> {
    if (!reader.socket.connected) return;
    try {
      await reader.catchUp(async () => {
        for (const [tripId, version] of reader.known()) await reader.resume(tripId, version);
        await this.welcome(reader, reader.audience === 'passenger');
      });
    } catch (error) {
      // The next connection of the subscriber starts over.
      this.log.debug({ err: error }, 'catching up with trips waits for redis');
    }
  }
}

/** `auth.trips`: `{<tripId>: <version of the last event seen>}`; anything else counts as nothing. */
function readNamedTrips(raw: unknown): [tripId: string, version: number][] {
  if (typeof raw !== 'object' || raw === null) return [];
  return Object.entries(raw)
    .filter((pair): pair is [string, number] => {
      const [tripId, version] = pair as [string, unknown];
      return ID_PATTERN.test(tripId) && Number.isSafeInteger(version) && (version as number) >= 0;
    })
    .slice(0, MAX_NAMED_TRIPS);
}
