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

/** More drivers in view than this are shown as clusters, where the dispatcher asks for no other number. */
const DEFAULT_SINGLES = 1_000;
/** Single ones return below this part of the number. */
const FEW_AGAIN = 0.8;
/** Drivers of the first frame, and of each that follows until all are told: none is too long for a slow line. */
const FIRST_PART = 1_000;
const PART = 250;
/** Clusters are counted anew this often at most. */
const CLUSTER_INTERVAL_MS = 1_000;

/** What one dispatcher looks at: what is shown, and so what `driver:viewport:frame` has to bring. */
export class FleetViewport {
  /** Ids of the drivers that are shown singly; null while clusters are. */
  private shown: Set<string> | null = null;
  /** Those of them that the frames that come are to tell. */
  private readonly untold = new Map<string, FleetDriver>();
  private clusteredAt = 0;
  private clusters = '';
  private hasMoved = false;

  /** @param singles drivers that are shown singly at most */
  constructor(
    private box: ViewportBox,
    private zoom: number,
    private singles = DEFAULT_SINGLES,
  ) {}

  /**
   * Looks at another part of the map: the next change takes away what is out of sight, and brings what
   * has come into it. It is a reset where nothing is left of what was shown.
   */
  moveTo(box: ViewportBox, zoom: number, singles = DEFAULT_SINGLES): void {
    this.box = box;
    this.zoom = zoom;
    this.singles = singles;
    this.hasMoved = true;
  }

  /** All that is in view now, or the first part of it. */
  reset(grid: FleetGrid, now: number): ViewportChange {
    this.untold.clear();
    this.hasMoved = false;
    if (this.countIn(grid) > this.singles) return this.showClusters(grid, now);
    const all = this.driversIn(grid);
    this.shown = new Set(all.map(({ record }) => record.id));
    for (const driver of all.slice(FIRST_PART)) this.untold.set(driver.record.id, driver);
    const drivers = all.slice(0, FIRST_PART);
    return { reset: true, total: all.length, drivers, left: [], clusters: null };
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
    if (this.hasMoved) return this.changePlace(grid, touched, now);
    const { shown } = this;
    if (!shown) return this.changeClusters(grid, now);
    const left: string[] = [];
    const leave = (driverId: string): void => {
      const isTold = shown.delete(driverId) && !this.untold.delete(driverId);
      if (isTold) left.push(driverId);
    };
    for (const driverId of offline) leave(driverId);
    const drivers: FleetDriver[] = [];
    for (const driver of touched) {
      const { id } = driver.record;
      if (!isInView(this.box, driver)) {
        leave(id);
        continue;
      }
      shown.add(id);
      this.untold.delete(id);
      drivers.push(driver);
    }
    if (shown.size > this.singles) return this.reset(grid, now);
    for (const driver of this.takeUntold()) drivers.push(driver);
    if (drivers.length === 0 && left.length === 0) return undefined;
    return { reset: false, total: shown.size, drivers, left, clusters: null };
  }

  private changePlace(
    grid: FleetGrid,
    touched: readonly FleetDriver[],
    now: number,
  ): ViewportChange {
    const shown = [...(this.shown ?? [])];
    const told = new Set(shown.filter((id) => !this.untold.has(id)));
    if (told.size === 0 || this.countIn(grid) > this.singles) return this.reset(grid, now);
    const all = this.driversIn(grid);
    const inView = new Set(all.map(({ record }) => record.id));
    const left = [...told].filter((id) => !inView.has(id));
    if (left.length === told.size) return this.reset(grid, now);
    this.hasMoved = false;
    this.shown = inView;
    this.untold.clear();
    const came = all.filter(({ record }) => !told.has(record.id));
    for (const driver of came.slice(FIRST_PART)) this.untold.set(driver.record.id, driver);
    const changed = touched.filter(({ record: { id } }) => told.has(id) && inView.has(id));
    const drivers = [...changed, ...came.slice(0, FIRST_PART)];
    return { reset: false, total: all.length, drivers, left, clusters: null };
  }

  private takeUntold(): FleetDriver[] {
    const part = [...this.untold.values()].slice(0, PART);
    for (const { record } of part) this.untold.delete(record.id);
    return part;
  }

  private changeClusters(grid: FleetGrid, now: number): ViewportChange | undefined {
    if (now - this.clusteredAt < CLUSTER_INTERVAL_MS) return undefined;
    const before = this.clusters;
    if (this.countIn(grid) < this.singles * FEW_AGAIN) return this.reset(grid, now);
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
