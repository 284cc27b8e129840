import {
  boxAround,
  CELL_BITS,
  cellOf,
  cellsTouching,
  centerOfCell,
  rangeOfCell,
  type CellRange,
  type Point,
} from '#libs/location';
import { METERS_PER_DEGREE, NearbyArea } from './nearby-area.js';

const FINEST_LEVEL = CELL_BITS / 2;
/** Tiles of this share of the radius: a circle touches a dozen or two, with little read in vain. */
const TILE_PER_RADIUS = 0.75;
/** Where web maps end. Nearer to a pole a circle would touch tiles by the thousand. */
const MAX_LATITUDE = 85;

/**
 * The map cut into tiles in which cars are looked for. Viewers whose circles touch the same tiles
 * share what is read of them, however many they are.
 */
export class NearbyTiles {
  private readonly level: number;

  /** @param radiusMeters of the circles */
  constructor(private readonly radiusMeters: number) {
    const degrees = (radiusMeters * TILE_PER_RADIUS) / METERS_PER_DEGREE;
    this.level = Math.min(FINEST_LEVEL, Math.floor(Math.log2(360 / degrees)));
  }

  areaAround(center: Point): NearbyArea {
    const isOnMaps = Math.abs(center.lat) <= MAX_LATITUDE;
    const cells = isOnMaps ? cellsTouching(boxAround(center, this.radiusMeters), this.level) : [];
    const tiles = cells.map((tile) => ({ tile, middle: centerOfCell(tile, this.level) }));
    return new NearbyArea(center, this.radiusMeters, tiles, 360 / 2 ** this.level);
  }

  tileOf({ lat, lng }: Point): number {
    return cellOf(lat, lng) >>> (CELL_BITS - 2 * this.level);
  }

  rangeOf(tile: number): CellRange {
    return rangeOfCell(tile, this.level);
  }
}
