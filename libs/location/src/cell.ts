import { wrapLongitude } from '#libs/contracts';

/**
 * Cells of a quadtree over the globe: both axes are cut into 65,536 columns of 360/65,536 degrees
 * (about 611 m), and the bits of column and row are interleaved (a Z-order curve). Cells of one
 * coarser cell are therefore neighbours in number, and an area is read as a few ranges of numbers.
 */
const CELLS_PER_AXIS = 65_536;
const LEVELS = 16;
const CELL_DEGREES = 360 / CELLS_PER_AXIS;

/** Bits of a cell number; two of them a level. */
export const CELL_BITS = 2 * LEVELS;

/** Enough to follow an area, few enough that reading ranges costs less than the drivers in them. */
const MAX_CELLS_PER_COVER = 20;

export interface BoundingBox {
  south: number;
  /** May exceed `east` where the box crosses the antimeridian. */
  west: number;
  north: number;
  east: number;
}

/** First and last cell of a run, both within it. */
export type CellRange = readonly [first: number, last: number];

function spreadBits(value: number): number {
  let bits = value & 0xffff;
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}

function toCell(x: number, y: number): number {
  return (spreadBits(x) | (spreadBits(y) << 1)) >>> 0;
}

/** 180 and -180 are one meridian, and so one column. */
function column(lng: number): number {
  return Math.floor((wrapLongitude(lng) + 180) / CELL_DEGREES);
}

function row(lat: number): number {
  return Math.min(CELLS_PER_AXIS / 2 - 1, Math.max(0, Math.floor((lat + 90) / CELL_DEGREES)));
}

/** The cell of a position: a whole number below 2^32. */
export function cellOf(lat: number, lng: number): number {
  return toCell(column(lng), row(lat));
}

/** Whether the box holds the place, its sides included. */
export function isInBox(box: BoundingBox, lat: number, lng: number): boolean {
  if (lat < box.south || lat > box.north) return false;
  // The antimeridian may be written either way, by the box and by the place.
  return isBetween(box, lng) || (Math.abs(lng) === 180 && isBetween(box, -lng));
}

function isBetween({ west, east }: BoundingBox, lng: number): boolean {
  return west <= east ? lng >= west && lng <= east : lng >= west || lng <= east;
}

/** Ranges of cells that hold every position of the box, and little more; ascending, none overlap. */
export function coverBox(box: BoundingBox): CellRange[] {
  const spans = columnSpans(box);
  const rows = [row(box.south), row(box.north)] as const;
  let shift = 0;
  while (shift < LEVELS && countCells(spans, rows, shift) > MAX_CELLS_PER_COVER) shift += 1;
  const level = LEVELS - shift;
  return mergeRanges(cellsTouching(box, level).map((cell) => rangeOfCell(cell, level)));
}

/** The cells of a level that touch the box, each once. Levels go from 0, the globe, to 16. */
export function cellsTouching(box: BoundingBox, level: number): number[] {
  const shift = LEVELS - level;
  const [south, north] = [row(box.south) >> shift, row(box.north) >> shift];
  const cells = new Set<number>();
  for (const [west, east] of columnSpans(box)) {
    for (let x = west >> shift; x <= east >> shift; x += 1) {
      for (let y = south; y <= north; y += 1) cells.add(toCell(x, y));
    }
  }
  return [...cells];
}

/** The finest columns of the box: two runs of them where it crosses the antimeridian or ends at it. */
function columnSpans({ west, east }: BoundingBox): CellRange[] {
  if (east - west >= 360) return [[0, CELLS_PER_AXIS - 1]];
  const [first, last] = [column(west), column(east)];
  if (wrapLongitude(west) <= wrapLongitude(east)) return [[first, last]];
  return [
    [first, CELLS_PER_AXIS - 1],
    [0, last],
  ];
}

function countCells(spans: readonly CellRange[], [south, north]: CellRange, shift: number): number {
  const rows = (north >> shift) - (south >> shift) + 1;
  return spans.reduce(
    (sum, [west, east]) => sum + ((east >> shift) - (west >> shift) + 1) * rows,
    0,
  );
}

/** The finest cells that make up a cell of a level. */
export function rangeOfCell(cell: number, level: number): CellRange {
  const size = 4 ** (LEVELS - level);
  return [cell * size, (cell + 1) * size - 1];
}

function mergeRanges(ranges: CellRange[]): CellRange[] {
  const merged: [number, number][] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const previous = merged.at(-1);
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

/** The middle of a cell that was cut to its first `level` levels (`cell >>> 2 * (16 - level)`). */
export function centerOfCell(cell: number, level: number): { lat: number; lng: number } {
  const degrees = 360 / 2 ** level;
  return {
    lng: gatherBits(cell) * degrees - 180 + degrees / 2,
    lat: gatherBits(cell >>> 1) * degrees - 90 + degrees / 2,
  };
}

function gatherBits(value: number): number {
  let bits = value & 0x55555555;
  bits = (bits | (bits >>> 1)) & 0x33333333;
  bits = (bits | (bits >>> 2)) & 0x0f0f0f0f;
  bits = (bits | (bits >>> 4)) & 0x00ff00ff;
  return (bits | (bits >>> 8)) & 0xffff;
}
