import { type PositionQuality } from '#libs/contracts';
import { type AvailabilityRecord } from '#libs/drivers';
import {
  CELL_BITS,
  cellOf,
  centerOfCell,
  coverBox,
  isInBox,
  type StoredPosition,
  type BoundingBox,
  type CellRange,
} from '#libs/location';

/** A driver on the map. */
export interface FleetDriver {
  record: AvailabilityRecord;
  position: StoredPosition | null;
  /** The quality that watchers got last; null before the first position. */
  quality: PositionQuality | null;
  /** When QualitySchedule looks at it again, epoch ms; Infinity for never. */
  qualityDueAt: number;
}

/** Cells of 360/8,192 degrees, about 4.9 km: a city is some dozens of them. */
export const GRID_LEVEL = 13;
const GRID_SHIFT = CELL_BITS - 2 * GRID_LEVEL;
const CELL_DEGREES = 360 / 2 ** GRID_LEVEL;
/** Half a cell, and more than what rounding moves a place over its side. */
const REACH_DEGREES = CELL_DEGREES / 2 + 1e-9;

export interface GridCell {
  /** Number of the cell on the Z-order curve at GRID_LEVEL. */
  cell: number;
  drivers: ReadonlySet<FleetDriver>;
}

/** The drivers of a cell who are within a box. */
export interface CellInBox extends GridCell {
  /** True when these are all drivers of the cell, and the cell lies within the box. */
  isWhole: boolean;
}

/** Drivers of the fleet by place, so that a viewport costs what is in it and not what is stored. */
export class FleetGrid {
  private readonly cells = new Map<number, Set<FleetDriver>>();
  private readonly cellOfDriver = new Map<FleetDriver, number>();

  place(driver: FleetDriver, lat: number, lng: number): void {
    const cell = cellOf(lat, lng) >>> GRID_SHIFT;
    if (this.cellOfDriver.get(driver) === cell) return;
    this.remove(driver);
    this.cellOfDriver.set(driver, cell);
    const drivers = this.cells.get(cell);
    if (drivers) drivers.add(driver);
    else this.cells.set(cell, new Set([driver]));
  }

  remove(driver: FleetDriver): void {
    const cell = this.cellOfDriver.get(driver);
    if (cell === undefined) return;
    this.cellOfDriver.delete(driver);
    const drivers = this.cells.get(cell)!;
    drivers.delete(driver);
    if (drivers.size === 0) this.cells.delete(cell);
  }

  /** The drivers within the box by cell; those in the middle of it are not looked at one by one. */
  *within(box: BoundingBox): IterableIterator<CellInBox> {
    for (const { cell, drivers } of this.touching(box)) {
      if (holdsCell(box, cell)) {
        yield { cell, drivers, isWhole: true };
        continue;
      }
      const inBox = new Set<FleetDriver>();
      for (const driver of drivers) if (isInView(box, driver)) inBox.add(driver);
      if (inBox.size > 0) yield { cell, drivers: inBox, isWhole: false };
    }
  }

  /** The occupied cells that touch the box, each once. */
  *touching(box: BoundingBox): IterableIterator<GridCell> {
    const ranges = coverInGrid(box);
    const inRanges = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    if (inRanges > this.cells.size) {
      for (const [cell, drivers] of this.cells) {
        if (ranges.some(([first, last]) => cell >= first && cell <= last)) yield { cell, drivers };
      }
      return;
    }
    for (const [first, last] of ranges) {
      for (let cell = first; cell <= last; cell += 1) {
        const drivers = this.cells.get(cell);
        if (drivers) yield { cell, drivers };
      }
    }
  }
}

/** A cover of a small box is finer than the grid: several of its ranges may lie in one cell. */
function coverInGrid(box: BoundingBox): CellRange[] {
  const ranges: [number, number][] = [];
  for (const [finestFirst, finestLast] of coverBox(box)) {
    const [first, last] = [finestFirst >>> GRID_SHIFT, finestLast >>> GRID_SHIFT];
    const previous = ranges.at(-1);
    if (previous && first <= previous[1]) previous[1] = last;
    else ranges.push([first, last]);
  }
  return ranges;
}

/** Whether a driver is in the box; one without a position is nowhere. */
export function isInView(box: BoundingBox, { position }: FleetDriver): boolean {
  return position !== null && isInBox(box, position.lat, position.lng);
}

function holdsCell(box: BoundingBox, cell: number): boolean {
  const { lat, lng } = centerOfCell(cell, GRID_LEVEL);
  const [south, north] = [lat - REACH_DEGREES, lat + REACH_DEGREES];
  const [west, east] = [lng - REACH_DEGREES, lng + REACH_DEGREES];
  if (south < box.south || north > box.north) return false;
  if (box.west <= box.east) return west >= box.west && east <= box.east;
  return west >= box.west || east <= box.east;
}
