import { type ConfigType, type qualityConfig } from '#libs/config';
import { Namespace } from '#libs/contracts';
import {
  toViewportDriver,
  type FleetChanges,
  type FleetDriver,
  type FleetView,
  type FleetViewport,
  type ViewportChange,
} from '#libs/fleet';

/**
 * The frames of one tick. A driver is encoded once, however many viewports show it; frames are put
 * together from these pieces as the Socket.IO packets that `emit` would have made.
 */
export class ViewportFrames {
  private readonly pieces = new Map<FleetDriver, string>();
  private readonly touched: readonly FleetDriver[];
  private readonly offline: readonly string[];

  constructor(
    private readonly view: FleetView,
    changes: FleetChanges,
    private readonly now: number,
    private readonly quality: ConfigType<typeof qualityConfig>,
  ) {
    this.touched = touchedDrivers(changes);
    this.offline = changes.offline;
  }

  /** All that is in the viewport. */
  reset(viewport: FleetViewport): string {
    return this.encode(viewport.reset(this.view.grid, this.now));
  }

  /** What has changed in the viewport; undefined when nothing has. */
  change(viewport: FleetViewport): string | undefined {
    const change = viewport.change(this.view.grid, this.touched, this.offline, this.now);
    return change && this.encode(change);
  }

  private encode({ reset, total, drivers, left, clusters }: ViewportChange): string {
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

const HEAD = `2${Namespace.admin},[${JSON.stringify('driver:viewport:frame')},`;

/** Each driver of which anything has changed, once. */
function touchedDrivers(changes: FleetChanges): FleetDriver[] {
  const touched = new Set<FleetDriver>(changes.positions);
  for (const driver of changes.availability) touched.add(driver);
  for (const { driver } of changes.qualities) touched.add(driver);
  return [...touched];
}
