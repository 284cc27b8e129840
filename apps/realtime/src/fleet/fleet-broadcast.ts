import { Inject, Injectable } from '@nestjs/common';
import { fleetConfig, qualityConfig, type ConfigType } from '#libs/config';
import { adminFeedRoom, FrameKind, type AdminViewportSetDto, type FeedMode } from '#libs/contracts';
import { FleetFollower, FleetViewport, noChanges } from '#libs/fleet';
import { Log } from '#libs/observability';
import { DeliveryGate } from '#libs/redis';
import { sendPacket } from '../socket/engine/send-packet.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import {
  FrameLoops,
  type FrameLoop,
  type Show,
  type Viewer,
} from '../socket/sending/frame-loop.js';
import { FleetFacts } from './fleet-facts.js';
import { FleetSnapshotSender } from './fleet-snapshot-sender.js';
import { ViewportFrames } from './viewport-frames.js';

interface Watcher extends Viewer {
  /** Null while it looks through a viewport instead. */
  mode: FeedMode | null;
  viewport: FleetViewport | undefined;
  /** The next frame of the viewport says all. */
  needsReset: boolean;
  /** Snapshots that were begun; only the newest one is wanted. */
  snapshots: number;
  isGettingSnapshot: boolean;
}

const AGING_INTERVAL_MS = 500;
/** The view is kept this long after the last dispatcher left, for one that only reloads the page. */
const LINGER_MS = 10_000;

/** Shows the fleet to the dispatchers of this instance: a snapshot first, then the changes of each tick. */
@Injectable()
export class FleetBroadcast {
  private readonly watchers = new Map<RealtimeSocket, Watcher>();
  private readonly loop: FrameLoop<Watcher>;
  private agedAt = 0;
  /** When everything had come through for the last time, epoch ms. */
  private inSyncAt = Date.now();

  constructor(
    @Inject(fleetConfig.KEY) fleetSettings: ConfigType<typeof fleetConfig>,
    @Inject(qualityConfig.KEY) private readonly quality: ConfigType<typeof qualityConfig>,
    private readonly follower: FleetFollower,
    private readonly facts: FleetFacts,
    private readonly snapshots: FleetSnapshotSender,
    private readonly gate: DeliveryGate,
    private readonly log: Log,
    loops: FrameLoops,
  ) {
    this.loop = loops.open({
      name: 'showing the fleet',
      kind: FrameKind.fleet,
      tickMs: fleetSettings.tickMs,
      behindBytes: 256 * 1024,
      caughtUpBytes: 16 * 1024,
      lingerMs: LINGER_MS,
      outlivesRedis: true,
      cause: follower.cause,
      isDue: ({ mode, isGettingSnapshot }) => mode === null || !isGettingSnapshot,
      look: (_due, now) => this.look(now),
      fallBehind: (watcher, unread) => this.holdBack(watcher, unread),
      startOver: (watcher) => {
        watcher.needsReset = true;
        if (watcher.mode !== null) void this.begin(watcher);
      },
      miss: (watcher) => void (watcher.needsReset = true),
      end: () => follower.stop(),
    });
  }

  /** @param mode null for one that names a viewport right away */
  add(socket: RealtimeSocket, mode: FeedMode | null): void {
    const watcher: Watcher = {
      socket,
      mode,
      viewport: undefined,
      needsReset: true,
      snapshots: 0,
      isGettingSnapshot: false,
      isBehind: false,
    };
    // While nobody watched nothing was to come through: it counts from now on.
    if (!this.follower.isFollowing) this.inSyncAt = Date.now();
    this.watchers.set(socket, watcher);
    this.loop.add(watcher);
    if (mode === null) void this.follower.start();
    else void this.begin(watcher);
  }

  remove(socket: RealtimeSocket): void {
    const watcher = this.watchers.get(socket);
    if (!watcher) return;
    this.watchers.delete(socket);
    this.loop.delete(watcher);
  }

  /** From a viewport it goes back to all drivers, with a new snapshot. */
  setMode(socket: RealtimeSocket, mode: FeedMode): void {
    const watcher = this.watchers.get(socket);
    if (!watcher || watcher.mode === mode) return;
    const isFollowing = this.leaveFeed(watcher);
    const cameFromViewport = watcher.mode === null;
    watcher.mode = mode;
    watcher.viewport = undefined;
    if (isFollowing) void socket.join(adminFeedRoom(mode));
    // One that is behind gets it once it has read; a snapshot on its way joins the mode of then.
    else if (cameFromViewport && !watcher.isBehind) void this.begin(watcher);
  }

  setViewport(socket: RealtimeSocket, { bbox, zoom, singles, keep }: AdminViewportSetDto): void {
    const watcher = this.watchers.get(socket);
    if (!watcher) return;
    const isShown = watcher.mode === null && !watcher.needsReset;
    if (keep && isShown && watcher.viewport) return watcher.viewport.moveTo(bbox, zoom, singles);
    this.leaveFeed(watcher);
    watcher.mode = null;
    watcher.snapshots += 1;
    watcher.isGettingSnapshot = false;
    watcher.viewport = new FleetViewport(bbox, zoom, singles);
    watcher.needsReset = true;
  }

  /** For how long changes may not have come through, ms; 0 while they do. */
  behindMs(now = Date.now()): number {
    if (this.gate.isOpen && this.follower.isInSync) return 0;
    return Math.max(0, now - this.inSyncAt);
  }

  /** Snapshot, then changes. The first part leaves in the same turn as the socket joins: no gap (FAN2). */
  private async begin(watcher: Watcher): Promise<void> {
    const { socket } = watcher;
    const number = (watcher.snapshots += 1);
    const isWanted = () => watcher.snapshots === number && watcher.mode !== null;
    watcher.isGettingSnapshot = true;
    const view = await this.follower.start();
    const join = () => void socket.join(adminFeedRoom(watcher.mode!));
    if (isWanted()) await this.snapshots.send(socket, view, join, isWanted);
    if (watcher.snapshots === number) watcher.isGettingSnapshot = false;
  }

  /** @returns whether it was in the feed */
  private leaveFeed({ socket, mode }: Watcher): boolean {
    if (mode === null || !socket.rooms.has(adminFeedRoom(mode))) return false;
    void socket.leave(adminFeedRoom(mode));
    return true;
  }

  /** A reader that falls behind loses positions, never the others' time; then it starts over (SLOW1). */
  private holdBack(watcher: Watcher, unread: number): void {
    const { socket } = watcher;
    this.leaveFeed(watcher);
    this.log.info(
      { socketId: socket.id, unread },
      'a dispatcher reads too slowly: positions are held back',
    );
  }

  private look(now: number): Show<Watcher> | undefined {
    const { view } = this.follower;
    if (!view) return undefined;
    if (this.behindMs(now) === 0) this.inSyncAt = now;
    // Without Redis the only change is that positions grow old.
    const changes = this.gate.isOpen ? view.takeChanges(now) : noChanges();
    if (now - this.agedAt >= AGING_INTERVAL_MS) {
      this.agedAt = now;
      changes.qualities.push(...view.takeAged(now));
    }
    this.facts.tell(changes, now);
    let frames: ViewportFrames | undefined;
    return (watcher) => {
      const { socket, viewport, needsReset } = watcher;
      if (!viewport) return;
      watcher.needsReset = false;
      frames ??= new ViewportFrames(view, changes, now, this.quality);
      const packet = needsReset ? frames.reset(viewport) : frames.change(viewport);
      if (packet !== undefined) sendPacket(socket.conn, packet);
    };
  }
}
