import { type ViewportBox, type ViewportCluster } from '#libs/contracts';
import { isInView, type FleetGrid, type FleetDriver } from './fleet-grid.js';
import { clustersOf } from './viewport-clusters.js';

/** What a viewport shows anew; its sender encodes the drivers. */
export interface ViewportChange {
  reset: boolean;
  total: number;
  drivers: readonly FleetDriver[];
  left: readonly string[];
  clusters: ViewportCluster[] | null;
}

/** More drivers in view than this are shown as clusters; single ones return below the second number. */
const MAX_DRIVERS = 1_000;
const FEW_AGAIN = 800;
/** Clusters are counted anew this often at most. */
const CLUSTER_INTERVAL_MS = 1_000;

/** What one dispatcher looks at: what is shown, and so what `driver:viewport:frame` has to bring. */
export class FleetViewport {
  /** Ids of the drivers that are shown singly; null while clusters are. */
  private shown: Set<string> | null = null;
  private clusteredAt = 0;
  private clusters = '';

  constructor(
    readonly box: ViewportBox,
    readonly zoom: number,
  ) {}

  /** All that is in view now. */
  reset(grid: FleetGrid, now: number): ViewportChange {
    if (this.countIn(grid) > MAX_DRIVERS) return this.showClusters(grid, now);
    const drivers = this.driversIn(grid);
    this.shown = new Set(drivers.map(({ record }) => record.id));
    return { reset: true, total: drivers.length, drivers, left: [], clusters: null };
  }

  /**
   * What has changed in view; undefined when nothing has.
   * @param touched drivers that are new or have changed
   */
  change(
    grid: FleetGrid,
    touched: readonly FleetDriver[],
    offline: readonly string[],
    now: number,
  ): ViewportChange | undefined {
    const { shown } = this;
    if (!shown) return this.changeClusters(grid, now);
    const left = offline.filter((driverId) => shown.delete(driverId));
    const drivers: FleetDriver[] = [];
    for (const driver of touched) {
      if (isInView(this.box, driver)) {
        shown.add(driver.record.id);
        drivers.push(driver);
      } else if (shown.delete(driver.record.id)) {
        left.push(driver.record.id);
      }
    }
    if (shown.size > MAX_DRIVERS) return this.reset(grid, now);
    if (drivers.length === 0 && left.length === 0) return undefined;
    return { reset: false, total: shown.size, drivers, left, clusters: null };
  }

  private changeClusters(grid: FleetGrid, now: number): ViewportChange | undefined {
    if (now - this.clusteredAt < CLUSTER_INTERVAL_MS) return undefined;
    const before = this.clusters;
    if (this.countIn(grid) < FEW_AGAIN) return this.reset(grid, now);
    const change = this.showClusters(grid, now);
    return this.clusters === before ? undefined : change;
  }

  private showClusters(grid: FleetGrid, now: number): ViewportChange {
    const clusters = clustersOf(grid, this.box, this.zoom);
    this.shown = null;
    this.clusteredAt = now;
    this.clusters = JSON.stringify(clusters);
    const total = clusters.reduce((sum, { count }) => sum + count, 0);
    return { reset: true, total, drivers: [], left: [], clusters };
  }

  private countIn(grid: FleetGrid): number {
    let count = 0;
    for (const { drivers } of grid.within(this.box)) count += drivers.size;
    return count;
  }

  private driversIn(grid: FleetGrid): FleetDriver[] {
    const found: FleetDriver[] = [];
    for (const { drivers } of grid.within(this.box)) found.push(...drivers);
    return found;
  }
}
