import { Inject, Injectable } from '@nestjs/common';
import { qualityConfig, type ConfigType } from '#libs/config';
import { type ViewportBox, Namespace } from '#libs/contracts';
import {
  FleetViewport,
  type FleetChanges,
  type FleetDriver,
  type FleetView,
  type ViewportChange,
  toViewportDriver,
} from '#libs/fleet';
import { unreadBytes } from '../socket/engine/insides.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';

/** A dispatcher with this much unread gets no more changes (SLOW1). */
export const BEHIND_BYTES = 256 * 1024;
/** When it has read down to this, it gets all anew and the changes from there. */
export const CAUGHT_UP_BYTES = 16 * 1024;

interface Viewer {
  viewport: FleetViewport;
  /** The next frame shows all: the first one, and the first after the client fell behind. */
  needsReset: boolean;
  behind: boolean;
}

/** Shows dispatchers what is in their viewports: one frame a tick, the latest state under pressure. */
@Injectable()
export class ViewportBroadcast {
  private readonly viewers = new Map<RealtimeSocket, Viewer>();

  constructor(
    @Inject(qualityConfig.KEY) private readonly quality: ConfigType<typeof qualityConfig>,
  ) {}

  /** Replaces the viewport of the socket; what is in it comes with the next tick. */
  set(socket: RealtimeSocket, box: ViewportBox, zoom: number): void {
    const behind = this.viewers.get(socket)?.behind ?? false;
    this.viewers.set(socket, { viewport: new FleetViewport(box, zoom), needsReset: true, behind });
  }

  remove(socket: RealtimeSocket): boolean {
    return this.viewers.delete(socket);
  }

  tick(view: FleetView, changes: FleetChanges, now: number): void {
    if (this.viewers.size === 0) return;
    const touched = touchedDrivers(changes);
    const encoder = new ViewportFrameEncoder(this.quality, now);
    for (const [socket, viewer] of this.viewers) {
      if (!this.keepsUp(socket, viewer)) continue;
      const change = this.changeOf(viewer, view, touched, changes.offline, now);
      if (change) socket.conn.send(encoder.encode(change));
    }
  }

  private changeOf(
    viewer: Viewer,
    view: FleetView,
    touched: readonly FleetDriver[],
    offline: readonly string[],
    now: number,
  ): ViewportChange | undefined {
    if (!viewer.needsReset) return viewer.viewport.change(view.grid, touched, offline, now);
    viewer.needsReset = false;
    return viewer.viewport.reset(view.grid, now);
  }

  private keepsUp(socket: RealtimeSocket, viewer: Viewer): boolean {
    if (socket.data.connection.closed) return false;
    const unread = unreadBytes(socket);
    if (viewer.behind ? unread >= CAUGHT_UP_BYTES : unread > BEHIND_BYTES) {
      viewer.behind = true;
      viewer.needsReset = true;
      return false;
    }
    viewer.behind = false;
    return true;
  }
}

/** Each driver of which anything has changed, once. */
function touchedDrivers(changes: FleetChanges): FleetDriver[] {
  const touched = new Set<FleetDriver>(changes.positions);
  for (const driver of changes.availability) touched.add(driver);
  for (const { driver } of changes.qualities) touched.add(driver);
  return [...touched];
}

const HEAD = `2${Namespace.admin},[${JSON.stringify('driver:viewport:frame')},`;

/**
 * Encodes the frames of one tick. A driver is encoded once, however many viewports show it; frames
 * are put together from these pieces as the Socket.IO packets that `emit` would have made.
 */
export class ViewportFrameEncoder {
  private readonly pieces = new Map<FleetDriver, string>();

  constructor(
    private readonly quality: ConfigType<typeof qualityConfig>,
    private readonly now: number,
  ) {}

  /** The text of the packet, ready for the connection. */
  encode({ reset, total, drivers, left, clusters }: ViewportChange): string {
    const shown = drivers.map((driver) => this.pieceOf(driver)).join(',');
    return (
      `${HEAD}{"at":${this.now},"reset":${reset},"total":${total},"drivers":[${shown}],` +
      `"left":${JSON.stringify(left)},"clusters":${JSON.stringify(clusters)}}]`
    );
  }

  private pieceOf(driver: FleetDriver): string {
    let piece = this.pieces.get(driver);
    if (piece === undefined) {
      piece = JSON.stringify(toViewportDriver(driver, this.now, this.quality));
      this.pieces.set(driver, piece);
    }
    return piece;
  }
}
