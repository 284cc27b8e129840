import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { fleetConfig, qualityConfig, type ConfigType } from '#libs/config';
import {
  adminFeedRoom,
  FeedMode,
  type FactName,
  type FactPayload,
  type AdminViewportSetDto,
  type DriverLocationBatch,
  type DriverOffline,
} from '#libs/contracts';
import {
  FleetFollower,
  noChanges,
  toDriverSnapshot,
  toFramedPosition,
  toLocationUpdate,
  toQualityUpdate,
  toTripUpdate,
  type FleetChanges,
  type QualityChange,
} from '#libs/fleet';
import { Log } from '#libs/observability';
import { DeliveryGate } from '#libs/redis';
import { Outbox } from '../socket/sending/outbox.js';
import { unreadBytes } from '../socket/engine/insides.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { FleetSnapshotSender } from './fleet-snapshot-sender.js';
import { BEHIND_BYTES, CAUGHT_UP_BYTES, ViewportBroadcast } from './viewport-broadcast.js';

interface Watcher {
  /** Null while it looks through a viewport instead. */
  mode: FeedMode | null;
  /** False while a snapshot is on its way, and for a client that cannot keep up. */
  following: boolean;
}

const AGING_INTERVAL_MS = 500;
/** The view is kept this long after the last dispatcher left, for one that only reloads the page. */
const LINGER_MS = 10_000;

/** Shows the fleet to the dispatchers of this instance: a snapshot first, then the changes of each tick. */
@Injectable()
export class FleetBroadcast implements OnApplicationShutdown {
  private readonly watchers = new Map<RealtimeSocket, Watcher>();
  private ticker: NodeJS.Timeout | undefined;
  private linger: NodeJS.Timeout | undefined;
  private agedAt = 0;

  constructor(
    @Inject(fleetConfig.KEY) private readonly fleetSettings: ConfigType<typeof fleetConfig>,
    @Inject(qualityConfig.KEY) private readonly qualitySettings: ConfigType<typeof qualityConfig>,
    private readonly follower: FleetFollower,
    private readonly outbox: Outbox,
    private readonly snapshots: FleetSnapshotSender,
    private readonly viewports: ViewportBroadcast,
    private readonly gate: DeliveryGate,
    private readonly log: Log,
  ) {}

  /** @param mode null for one that names a viewport right away */
  add(socket: RealtimeSocket, mode: FeedMode | null): void {
    this.watchers.set(socket, { mode, following: false });
    clearTimeout(this.linger);
    this.ticker ??= setInterval(() => this.tick(Date.now()), this.fleetSettings.tickMs);
    void this.begin(socket);
  }

  remove(socket: RealtimeSocket): void {
    this.viewports.remove(socket);
    if (!this.watchers.delete(socket) || this.watchers.size > 0) return;
    clearTimeout(this.linger);
    this.linger = setTimeout(() => this.stop(), LINGER_MS);
    this.linger.unref();
  }

  /** From a viewport it goes back to all drivers, with a new snapshot. */
  setMode(socket: RealtimeSocket, mode: FeedMode): void {
    const watcher = this.watchers.get(socket);
    if (!watcher || watcher.mode === mode) return;
    this.leaveFeed(socket, watcher);
    const cameFromViewport = this.viewports.remove(socket);
    watcher.mode = mode;
    if (cameFromViewport) watcher.following = false;
    if (watcher.following) void socket.join(adminFeedRoom(mode));
    else void this.begin(socket);
  }

  setViewport(socket: RealtimeSocket, { bbox, zoom }: AdminViewportSetDto): void {
    const watcher = this.watchers.get(socket);
    if (!watcher) return;
    this.leaveFeed(socket, watcher);
    watcher.mode = null;
    this.viewports.set(socket, bbox, zoom);
  }

  onApplicationShutdown(): void {
    clearTimeout(this.linger);
    this.stop();
  }

  private stop(): void {
    clearInterval(this.ticker);
    this.ticker = undefined;
    this.follower.stop();
  }

  /** Snapshot, then changes. The first part leaves in the same turn as the socket joins: no gap (FAN2). */
  private async begin(socket: RealtimeSocket): Promise<void> {
    const view = await this.follower.start();
    const watcher = this.watchers.get(socket);
    if (!watcher || watcher.following || watcher.mode === null) return;
    watcher.following = true;
    const isWanted = () => watcher.mode !== null;
    await this.snapshots.send(
      socket,
      view,
      () => void socket.join(adminFeedRoom(watcher.mode ?? FeedMode.events)),
      isWanted,
    );
  }

  private leaveFeed(socket: RealtimeSocket, { mode }: Watcher): void {
    if (mode !== null) void socket.leave(adminFeedRoom(mode));
  }

  private tick(now: number): void {
    const { view } = this.follower;
    // An instance that was frozen does not know yet whose session was revoked meanwhile.
    if (!view || this.gate.standing === 'behind') return;
    this.parkSlowWatchers();
    // Without Redis the only change is that positions grow old.
    const changes = this.gate.isOpen ? view.takeChanges(now) : noChanges();
    if (now - this.agedAt >= AGING_INTERVAL_MS) {
      this.agedAt = now;
      changes.qualities.push(...view.takeAged(now));
    }
    this.viewports.tick(view, changes, now);
    this.emitStates(changes);
    this.emitPositions(changes, now);
    this.emitQualities(changes.qualities, now);
  }

  /** A reader that falls behind loses positions, never the others' time; then it starts over (SLOW1). */
  private parkSlowWatchers(): void {
    for (const [socket, watcher] of this.watchers) {
      if (watcher.mode === null) continue;
      const unread = unreadBytes(socket);
      if (watcher.following && unread > BEHIND_BYTES && !this.snapshots.isSending(socket)) {
        watcher.following = false;
        this.leaveFeed(socket, watcher);
        this.log.info(
          { socketId: socket.id, unread },
          'a dispatcher reads too slowly: positions are held back',
        );
      } else if (!watcher.following && unread < CAUGHT_UP_BYTES) {
        void this.begin(socket);
      }
    }
  }

  private emitStates(changes: FleetChanges): void {
    const at = new Date().toISOString();
    for (const driver of changes.availability) {
      const snapshot = toDriverSnapshot(driver);
      this.send('driver:availability:update', snapshot);
      this.send('admin:driver:availability:update', snapshot);
    }
    for (const driver of changes.trips)
      this.send('driver:trip:update', toTripUpdate(toDriverSnapshot(driver)));
    for (const driverId of changes.offline) {
      const fact: DriverOffline = { driverId, reason: 'LEASE_LAPSED', at };
      this.send('driver:offline', fact);
    }
  }

  private emitPositions(changes: FleetChanges, now: number): void {
    if (changes.positions.length === 0) return;
    const drivers = changes.positions.map(({ record, position }) =>
      toFramedPosition(record.id, position!, now, this.qualitySettings),
    );
    if (this.hasWatcher(FeedMode.frames)) {
      const batch: DriverLocationBatch = { at: now, drivers };
      this.outbox.admin.toLocal(adminFeedRoom(FeedMode.frames), 'driver:location:batch', batch);
    }
    if (this.hasWatcher(FeedMode.events)) {
      for (const frame of drivers)
        this.outbox.admin.toLocal(
          adminFeedRoom(FeedMode.events),
          'driver:location:update',
          toLocationUpdate(frame),
        );
    }
  }

  private emitQualities(qualities: readonly QualityChange[], now: number): void {
    for (const change of qualities)
      this.send('driver:quality:update', toQualityUpdate(change, now));
  }

  private hasWatcher(mode: FeedMode): boolean {
    for (const watcher of this.watchers.values())
      if (watcher.following && watcher.mode === mode) return true;
    return false;
  }

  /** To dispatchers who get positions, one by one or in frames. */
  private send<E extends FactName<'/admin'>>(event: E, payload: FactPayload<'/admin', E>): void {
    const rooms = [adminFeedRoom(FeedMode.events), adminFeedRoom(FeedMode.frames)];
    this.outbox.admin.toLocal(rooms, event, payload);
  }
}
