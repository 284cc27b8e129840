import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Revocations } from '#libs/auth';
import { sharesConfig, type ConfigType } from '#libs/config';
import { RequestError, SessionEndReason, ShareEnd, type SharedTrip } from '#libs/contracts';
import { Log } from '#libs/observability';
import { readUntilDone } from '#libs/redis';
import { SharesService, SharesStore, toSharedTrip, type Share } from '#libs/shares';
import { progressIn, progressOf, TripFeed, TripsService, type TripRecord } from '#libs/trips';
import { cutConnection } from '../socket/connection/cut-connection.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { Outbox } from '../socket/sending/outbox.js';
import { DriverFollowing } from '../trips/driver-following.js';

interface Viewer {
  share: Share;
  /** Undefined until the viewer was shown the trip. */
  shown: string | undefined;
}

interface SharedHere {
  tripId: string;
  viewers: Map<RealtimeSocket, Viewer>;
  trip: TripRecord | null;
  view: SharedTrip | undefined;
  /** One look at the store at a time; what happens meanwhile is looked at after it. */
  looking: Promise<void> | undefined;
  isDirty: boolean;
  timer: NodeJS.Timeout | undefined;
  onRevoked: () => void;
  /** Resolves once everything that happens is announced here. */
  opened: Promise<void>;
  leaveTrip: () => Promise<void>;
}

/** What is not announced, e.g. the ban of a passenger without a session, is noticed after this. */
const LONGEST_WAIT_MS = 30_000;
/** Trips that are looked at together after an outage. */
const LOOK_BATCH = 50;

/**
 * The guests of this instance who follow a trip by its link. Whatever is announced of the trip or of
 * its links, the store is read again, and they are shown what has changed: nothing is told to them
 * that the link does not open at that moment.
 */
@Injectable()
export class ShareFollowing implements OnModuleInit, OnApplicationShutdown {
  private readonly shared = new Map<string, SharedHere>();
  private stopListening: (() => void) | undefined;

  constructor(
    @Inject(sharesConfig.KEY) private readonly settings: ConfigType<typeof sharesConfig>,
    private readonly shares: SharesService,
    private readonly store: SharesStore,
    private readonly trips: TripsService,
    private readonly feed: TripFeed,
    private readonly following: DriverFollowing,
    private readonly revocations: Revocations,
    private readonly outbox: Outbox,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.feed.onRestored(() => void this.lookAtAll());
    this.stopListening = this.revocations.onRevoked(({ userId, reason }) => {
      if (reason !== SessionEndReason.accountBanned && reason !== SessionEndReason.accountSuspended)
        return;
      for (const here of this.shared.values())
        if (here.trip?.passengerId === userId) void this.lookAgain(here);
    });
  }

  onApplicationShutdown(): void {
    this.stopListening?.();
    for (const { timer } of this.shared.values()) clearTimeout(timer);
  }

  /**
   * From now on the guest is shown the trip; `greet` is called before the first fact of it.
   * @throws RequestError SHARE_INVALID, SHARE_ENDED, TOO_MANY_CONNECTIONS, REDIS_UNAVAILABLE
   */
  async add(socket: RealtimeSocket, share: Share, greet: () => void): Promise<void> {
    const here = this.shared.get(share.tripId) ?? (await this.begin(share.tripId));
    const viewers = [...here.viewers.values()].filter((other) => other.share.id === share.id);
    if (viewers.length >= this.settings.viewers)
      throw new RequestError('TOO_MANY_CONNECTIONS', {
        message: 'Too many people follow this trip by this link. Close one, then connect again.',
      });
    const viewer: Viewer = { share, shown: undefined };
    here.viewers.set(socket, viewer);
    try {
      await here.opened;
      await this.look(here);
    } catch (error) {
      await this.remove(socket, share.tripId);
      throw error;
    }
    if (!here.viewers.has(socket)) throw shareEnded(ShareEnd.revoked);
    greet();
    this.show(here, socket, viewer);
    this.followDriver(here, [socket]);
  }

  /** Also for a guest who was never added. */
  async remove(socket: RealtimeSocket, tripId: string): Promise<void> {
    const here = this.shared.get(tripId);
    if (!here?.viewers.delete(socket)) return;
    this.following.leave(socket, tripId);
    if (here.viewers.size === 0) await this.end(here);
  }

  private async begin(tripId: string): Promise<SharedHere> {
    const trip = await this.trips.find(tripId);
    if (!trip) throw shareEnded(ShareEnd.tripOver);
    const known = this.shared.get(tripId);
    if (known) return known;
    const here: SharedHere = {
      tripId,
      viewers: new Map(),
      trip,
      view: undefined,
      looking: undefined,
      isDirty: false,
      timer: undefined,
      onRevoked: () => void this.lookAgain(here),
      opened: Promise.resolve(),
      leaveTrip: () => Promise.resolve(),
    };
    this.shared.set(tripId, here);
    here.opened = this.open(here, trip.passengerId);
    // Whoever waits for it hears of it.
    here.opened.catch(() => undefined);
    return here;
  }

  private async open(here: SharedHere, passengerId: string): Promise<void> {
    const { isActive, leave } = this.feed.followTripsOf(passengerId, (announcement) => {
      if (announcement.tripId !== here.tripId) return;
      // After the end nobody is shown the driver any more, whatever the store still has to say.
      if (announcement.leg === null) this.following.update(progressIn(announcement), []);
      void this.lookAgain(here);
    });
    here.leaveTrip = leave;
    const active = await Promise.all([isActive, this.store.follow(here.tripId, here.onRevoked)]);
    if (!active.every(Boolean))
      throw new RequestError('REDIS_UNAVAILABLE', { retryAfterMs: 1_000 });
  }

  private async end(here: SharedHere): Promise<void> {
    if (this.shared.get(here.tripId) === here) this.shared.delete(here.tripId);
    clearTimeout(here.timer);
    await Promise.all([here.leaveTrip(), this.store.leave(here.tripId, here.onRevoked)]);
  }

  private async lookAtAll(): Promise<void> {
    const all = [...this.shared.values()];
    for (let first = 0; first < all.length; first += LOOK_BATCH)
      await Promise.all(all.slice(first, first + LOOK_BATCH).map((here) => this.lookAgain(here)));
  }

  /** Nothing else brings what has changed, so that Redis is asked until it answers. */
  private async lookAgain(here: SharedHere): Promise<void> {
    try {
      await readUntilDone(
        () => this.look(here),
        () => here.viewers.size > 0,
      );
    } catch (error) {
      this.log.error({ err: error }, 'reading a shared trip failed');
    }
  }

  /** Resolves once the viewers have what was true when this was called. */
  private look(here: SharedHere): Promise<void> {
    here.isDirty = true;
    here.looking ??= this.lookWhileDirty(here).finally(() => (here.looking = undefined));
    return here.looking;
  }

  private async lookWhileDirty(here: SharedHere): Promise<void> {
    while (here.isDirty) {
      here.isDirty = false;
      const trip = await this.trips.find(here.tripId);
      const liveIds = trip ? await this.shares.liveIds(trip) : new Set<string>();
      here.trip = trip;
      here.view = trip ? toSharedTrip(trip) : undefined;
      this.sendAwayThoseOf(here, liveIds);
      const shown: RealtimeSocket[] = [];
      for (const [socket, viewer] of here.viewers) {
        if (viewer.shown === undefined) continue;
        this.show(here, socket, viewer);
        shown.push(socket);
      }
      this.followDriver(here, shown);
      this.wakeForTheEnd(here);
    }
  }

  private sendAwayThoseOf(here: SharedHere, liveIds: ReadonlySet<string>): void {
    const now = Date.now();
    const isShown = this.tripEndsAt(here) > now;
    for (const [socket, { share }] of here.viewers) {
      if (isShown && liveIds.has(share.id)) continue;
      here.viewers.delete(socket);
      this.following.leave(socket, here.tripId);
      const isExpired = share.expiresAt <= now;
      const end = isExpired ? ShareEnd.expired : ShareEnd.revoked;
      cutConnection(socket, shareEnded(isShown ? end : ShareEnd.tripOver));
    }
    if (here.viewers.size === 0) void this.end(here).catch(() => undefined);
  }

  private show(here: SharedHere, socket: RealtimeSocket, viewer: Viewer): void {
    if (!here.view || !socket.connected) return;
    const shown = JSON.stringify(here.view);
    if (viewer.shown === shown) return;
    const event = viewer.shown === undefined ? 'share:trip' : 'share:update';
    viewer.shown = shown;
    this.outbox.tracking.toSocket(socket, event, here.view);
  }

  private followDriver({ trip }: SharedHere, sockets: readonly RealtimeSocket[]): void {
    if (trip) this.following.update(progressOf(trip), sockets);
  }

  /** Epoch ms; 0 for a trip that is kept no more. */
  private tripEndsAt({ trip }: SharedHere): number {
    if (!trip) return 0;
    return trip.endedAt > 0 ? trip.endedAt + this.settings.afterTripMs : Number.MAX_SAFE_INTEGER;
  }

  /** Links and the time after a trip end without an announcement. */
  private wakeForTheEnd(here: SharedHere): void {
    clearTimeout(here.timer);
    if (here.viewers.size === 0) return;
    const ends = [...here.viewers.values()].map(({ share }) => share.expiresAt);
    const waitMs = Math.min(this.tripEndsAt(here), ...ends) - Date.now();
    here.timer = setTimeout(
      () => void this.lookAgain(here),
      Math.min(Math.max(waitMs + 1, 1), LONGEST_WAIT_MS),
    );
    here.timer.unref();
  }
}

function shareEnded(reason: ShareEnd): RequestError {
  return new RequestError('SHARE_ENDED', { details: { reason } });
}
