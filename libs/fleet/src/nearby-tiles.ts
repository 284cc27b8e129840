import {
  boxAround,
  CELL_BITS,
  cellOf,
  cellsTouching,
  centerOfCell,
  EARTH_RADIUS_METERS,
  rangeOfCell,
  type CellRange,
  type Point,
} from '#libs/location';

const METERS_PER_DEGREE = (EARTH_RADIUS_METERS * Math.PI) / 180;
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

/** The circle that one viewer looks at. */
export class NearbyArea {
  /** Those that the circle touches, nearest first. */
  readonly tiles: readonly number[];
  private readonly tileDistances: readonly number[];
  private readonly metersPerLng: number;

  /**
   * @param tiles that may be touched, by their middles
   * @param tileDegrees length of their sides
   */
  constructor(
    private readonly center: Point,
    private readonly radiusMeters: number,
    tiles: readonly { tile: number; middle: Point }[],
    tileDegrees: number,
  ) {
    this.metersPerLng = METERS_PER_DEGREE * Math.cos((center.lat * Math.PI) / 180);
    const byDistance = tiles
      .map(({ tile, middle }) => ({ tile, distance: this.squaredMeters(middle, tileDegrees / 2) }))
      .filter(({ distance }) => distance <= radiusMeters ** 2)
      .toSorted((a, b) => a.distance - b.distance);
    this.tiles = byDistance.map(({ tile }) => tile);
    this.tileDistances = byDistance.map(({ distance }) => distance);
  }

  /** The nearest in the circle, nearest first. Where there are many, only the middle is looked at. */
  nearest<Place extends Point>(
    byTile: ReadonlyMap<number, readonly Place[]>,
    limit: number,
  ): Place[] {
    const places: Place[] = [];
    const distances: number[] = [];
    let farthest = this.radiusMeters ** 2;
    for (let i = 0; i < this.tiles.length && this.tileDistances[i]! <= farthest; i += 1) {
      for (const place of byTile.get(this.tiles[i]!) ?? []) {
        const distance = this.squaredMeters(place, 0);
        if (distance > farthest) continue;
        let at = places.length;
        while (at > 0 && distances[at - 1]! > distance) at -= 1;
        places.splice(at, 0, place);
        distances.splice(at, 0, distance);
        if (places.length > limit) {
          places.pop();
          distances.pop();
        }
        if (places.length === limit) farthest = distances[limit - 1]!;
      }
    }
    return places;
  }

  /**
   * To the nearest point of a square, on a flat map: within kilometres that is true to some metres.
   * @param halfSide of the square around the point, degrees
   */
  private squaredMeters({ lat, lng }: Point, halfSide: number): number {
    let turn = Math.abs(lng - this.center.lng);
    if (turn > 180) turn = 360 - turn;
    const x = Math.max(0, turn - halfSide) * this.metersPerLng;
    const y = Math.max(0, Math.abs(lat - this.center.lat) - halfSide) * METERS_PER_DEGREE;
    return x * x + y * y;
  }
}
