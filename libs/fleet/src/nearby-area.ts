import { EARTH_RADIUS_METERS, type Point } from '#libs/location';

export const METERS_PER_DEGREE = (EARTH_RADIUS_METERS * Math.PI) / 180;

/** The circle that one viewer looks at. */
export class NearbyArea {
  private readonly metersPerLng: number;

  constructor(
    private readonly center: Point,
    private readonly radiusMeters: number,
    /** The tiles that it touches. */
    readonly tiles: readonly number[],
  ) {
    this.metersPerLng = METERS_PER_DEGREE * Math.cos((center.lat * Math.PI) / 180);
  }

  /** The nearest in the circle, nearest first. */
  nearest<Place extends Point>(
    byTile: ReadonlyMap<number, readonly Place[]>,
    limit: number,
  ): Place[] {
    const places: Place[] = [];
    const distances: number[] = [];
    let farthest = this.radiusMeters ** 2;
    for (const tile of this.tiles) {
      for (const place of byTile.get(tile) ?? []) {
        const distance = this.squaredMeters(place);
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

  /** On a flat map: within kilometres that is true to the metre, and cheap. */
  private squaredMeters({ lat, lng }: Point): number {
    let turn = Math.abs(lng - this.center.lng);
    if (turn > 180) turn = 360 - turn;
    const x = turn * this.metersPerLng;
    const y = (lat - this.center.lat) * METERS_PER_DEGREE;
    return x * x + y * y;
  }
}
