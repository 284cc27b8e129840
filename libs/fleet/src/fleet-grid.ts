import { CELL_BITS, cellOf, coverBox, type BoundingBox, type CellRange } from '#libs/location';
import { type FleetDriver } from './fleet-driver.js';

/** Cells of 360/8,192 degrees, about 4.9 km: a city is some dozens of them. */
export const GRID_LEVEL = 13;
const GRID_SHIFT = CELL_BITS - 2 * GRID_LEVEL;

export interface GridCell {
  /** Number of the cell on the Z-order curve at GRID_LEVEL. */
  cell: number;
  drivers: ReadonlySet<FleetDriver>;
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
