import { TripSnapshotReason, type TripOffered, type TripSnapshot } from '#libs/contracts';
import { readUntilDone } from '#libs/redis';
import {
  progressIn,
  progressOf,
  toTripView,
  type TripAnnouncement,
  type TripAudience,
  type TripHistoryEntry,
  type TripProgress,
  type TripRecord,
} from '#libs/trips';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { sendTripEvent, type TripFactToSend } from '../socket/sending/send-fact.js';

/** What a reader needs of the store: trips and what happened to them. */
export interface TripArchiveReader {
  find(tripId: string): Promise<TripRecord | null>;
  historyAfter(tripId: string, version: number): Promise<TripHistoryEntry[] | null>;
}

/** One for all sockets, so that a connection costs no closures. */
export interface TripReaderListeners {
  offer: (socket: RealtimeSocket, offer: TripOffered) => void;
  /** What a passenger's trip has come to, as far as the socket got it. */
  progress: (socket: RealtimeSocket, progress: TripProgress) => void;
  /** A read has failed for another reason than an absent Redis. */
  failure: (error: unknown) => void;
}

/** Of all connections that are on no trip: only `remember` adds, to a map of the connection's own. */
const NO_TRIPS = new Map<string, number>();
/** Trips that a connection remembers; one more forgets the oldest. */
const REMEMBERED_TRIPS = 50;
/** Of those that were forgotten the ids: more than one person has in the time that is read after a loss. */
const FORGOTTEN_TRIPS = 1_000;
/** Of all connections that have forgotten none. */
const NONE_FORGOTTEN = new Set<string>();

/**
 * One socket of a passenger or driver, and what it was sent of trips: every event once and in order,
 * also when announcements are lost or come twice (REPLAY1).
 */
export class TripReader {
  /** For a driver: the trip that the device shows, by what it was sent. */
  shownTripId: string | null = null;
  /** The newest version that this socket knows of each trip. */
  private cursors: Map<string, number> = NO_TRIPS;
  private forgotten: Set<string> = NONE_FORGOTTEN;
  /** Announcements that came while the socket catches up. */
  private backlog: TripAnnouncement[] | undefined;
  private catchingUp: Promise<void> = Promise.resolve();

  constructor(
    readonly socket: RealtimeSocket,
    readonly audience: TripAudience,
    private readonly trips: TripArchiveReader,
    private readonly on: TripReaderListeners,
    /** When the socket came; trips requested later are announced to it. Epoch ms of Redis. */
    readonly since = 0,
  ) {}

  /** Runs a step that reads from the store; what is announced meanwhile waits for its end. */
  catchUp(step: () => Promise<unknown>): Promise<void> {
    const run = async (): Promise<void> => {
      this.backlog ??= [];
      try {
        await step();
      } finally {
        const waiting = this.backlog;
        this.backlog = undefined;
        for (const announcement of waiting) this.receive(announcement);
      }
    };
    this.catchingUp = this.catchingUp.then(run, run);
    return this.catchingUp;
  }

  receive(announcement: TripAnnouncement): void {
    // After the end nobody is shown the driver any more, even while the events wait for their turn.
    if (announcement.leg === null) this.follow(announcement, progressIn(announcement));
    if (this.backlog) {
      this.backlog.push(announcement);
      return;
    }
    const { tripId, entries } = announcement;
    const first = entries[0]!.version;
    const cursor = this.cursors.get(tripId);
    const isNext =
      cursor === undefined ? first === 1 || this.audience !== 'passenger' : first <= cursor + 1;
    if (isNext) {
      this.deliver(tripId, entries);
      this.follow(announcement, progressIn(announcement));
    } else {
      void this.fillGap(tripId).catch(this.on.failure);
    }
  }

  /** Nothing else brings these events, so that Redis is asked until it answers. */
  private fillGap(tripId: string): Promise<void> {
    return readUntilDone(
      () => this.catchUp(() => this.resume(tripId, this.cursors.get(tripId))),
      () => this.socket.connected,
    );
  }

  /**
   * Sends what happened to a trip after a version, or its state.
   * @param version the newest event that the client has seen; undefined for none
   * @returns false when there is no such trip for this person
   */
  async resume(tripId: string, version: number | undefined): Promise<boolean> {
    const trip = await this.trips.find(tripId);
    // The history is read only for people whom the trip concerns.
    const missed =
      !trip || version === undefined || version > trip.version || !this.wasTold(trip)
        ? null
        : await this.trips.historyAfter(tripId, version);
    if (trip && missed !== null) {
      // Of a trip that is followed already more was sent than the client named.
      this.deliver(tripId, missed, Math.max(version ?? 0, this.cursors.get(tripId) ?? 0));
      this.follow(trip, progressOf(trip, missed));
      return true;
    }
    if (trip && this.takesPart(trip)) {
      this.show(trip, version);
      return true;
    }
    this.cursors.delete(tripId);
    this.sendSnapshot({
      tripId,
      trip: null,
      version: 0,
      reason: TripSnapshotReason.tripGone,
    });
    return false;
  }

  /** Shows the state of a trip; events after it follow. */
  show(trip: TripRecord, namedVersion?: number): void {
    this.remember(trip.id, trip.version);
    this.sendSnapshot({
      tripId: trip.id,
      trip: toTripView(trip),
      version: trip.version,
      reason:
        namedVersion === undefined ? TripSnapshotReason.connected : TripSnapshotReason.eventsGone,
    });
    this.follow(trip, progressOf(trip));
  }

  /** Trips whose events this socket follows, with the newest version it knows. */
  known(): [tripId: string, version: number][] {
    return [...this.cursors];
  }

  /** Whether the socket was told of the trip and follows it no more: it is no news (REPLAY1). */
  hasForgotten(tripId: string): boolean {
    return this.forgotten.has(tripId);
  }

  /** Entries at or below the cursor are known and left out. */
  deliver(
    tripId: string,
    entries: readonly TripHistoryEntry[],
    after = this.cursors.get(tripId) ?? 0,
  ): void {
    let newest = after;
    for (const { version, notices } of entries) {
      if (version <= newest) continue;
      newest = version;
      for (const { to, event, payload } of notices) {
        if (!to.includes(this.audience)) continue;
        if (event === 'trip:assignment:offered') this.on.offer(this.socket, payload as TripOffered);
        else this.send({ event, payload });
      }
    }
    this.remember(tripId, newest);
  }

  /** Only the passenger of the trip follows the driver. */
  private follow({ passengerId }: { passengerId: string }, progress: TripProgress): void {
    const isTheirs = passengerId === this.socket.data.principal.userId;
    if (this.audience === 'passenger' && isTheirs && this.socket.connected)
      this.on.progress(this.socket, progress);
  }

  /** Whether the person is the trip's passenger or driver: they may see all of it. */
  private takesPart(trip: TripRecord): boolean {
    const { userId } = this.socket.data.principal;
    return userId === (this.audience === 'passenger' ? trip.passengerId : trip.driverId);
  }

  /** Also drivers who were asked: they get again what was said to them, and no more. */
  private wasTold(trip: TripRecord): boolean {
    if (this.takesPart(trip)) return true;
    const { userId } = this.socket.data.principal;
    return this.audience !== 'passenger' && trip.offers.some(({ driverId }) => driverId === userId);
  }

  private remember(tripId: string, version: number): void {
    if (this.cursors === NO_TRIPS) this.cursors = new Map();
    this.cursors.delete(tripId);
    this.cursors.set(tripId, version);
    if (this.cursors.size <= REMEMBERED_TRIPS) return;
    const [oldest] = this.cursors.keys();
    this.cursors.delete(oldest!);
    if (this.forgotten === NONE_FORGOTTEN) this.forgotten = new Set();
    this.forgotten.add(oldest!);
    if (this.forgotten.size <= FORGOTTEN_TRIPS) return;
    const [first] = this.forgotten;
    this.forgotten.delete(first!);
  }

  private sendSnapshot(payload: TripSnapshot): void {
    this.send({ event: 'trip:snapshot', payload });
  }

  /** Every event of a trip that a passenger or driver gets leaves here, e.g. `trip:no_drivers_found`. */
  private send(fact: TripFactToSend): void {
    if (this.socket.connected) sendTripEvent(this.socket, fact);
  }
}
