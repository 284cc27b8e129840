import { CELL_BITS, cellOf, centerOfCell, type Point } from '#libs/location';

/**
 * Surge holds for whole cells of 360 / 2^15 degrees: 1.22 km from south to north, and that times
 * the cosine of the latitude from west to east (0.91 km in Rome).
 */
const SURGE_CELL_LEVEL = 15;

/** The number of the cell around a position. The poles are one place each, whatever their longitude. */
export function surgeCellOf({ lat, lng }: Point): number {
  return cellOf(lat, Math.abs(lat) === 90 ? 0 : lng) >>> (CELL_BITS - 2 * SURGE_CELL_LEVEL);
}

export function centerOfSurgeCell(cell: number): Point {
  return centerOfCell(cell, SURGE_CELL_LEVEL);
}
