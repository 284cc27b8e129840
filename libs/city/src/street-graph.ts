/** A place in degrees. */
export interface CityPoint {
  lat: number;
  lng: number;
}

/** One direction of a street between two junctions. */
export interface Street {
  from: number;
  to: number;
  meters: number;
  /** At its speed, with the delay of the junction at its end. */
  seconds: number;
  /** Index into `names`. */
  name: number;
  /** From the first junction to the second, both included. */
  shape: CityPoint[];
  /** All of it lies under something that satellites are not seen through. */
  isTunnel: boolean;
}

/** Junctions and the streets between them, each direction by itself; every junction reaches every other. */
export class StreetGraph {
  /** The streets that leave junction `j` are `firstStreet[j]` up to before `firstStreet[j + 1]`. */
  readonly firstStreet: Uint32Array;
  readonly streets: readonly Street[];
  private readonly cells = new Map<string, number[]>();

  constructor(
    readonly junctions: readonly CityPoint[],
    streets: readonly Street[],
    readonly names: readonly string[],
  ) {
    this.streets = streets.toSorted((a, b) => a.from - b.from);
    this.firstStreet = new Uint32Array(junctions.length + 1);
    for (const { from } of streets) this.firstStreet[from + 1]! += 1;
    for (let j = 0; j < junctions.length; j += 1) this.firstStreet[j + 1]! += this.firstStreet[j]!;
    for (const [junction, point] of junctions.entries()) {
      const cell = cellOf(rowOf(point), columnOf(point));
      const known = this.cells.get(cell);
      if (known) known.push(junction);
      else this.cells.set(cell, [junction]);
    }
  }

  /** The streets that leave a junction. */
  streetsFrom(junction: number): readonly Street[] {
    return this.streets.slice(this.firstStreet[junction], this.firstStreet[junction + 1]);
  }

  /** The junction that is nearest as the crow flies. */
  nearestJunction(point: CityPoint): number {
    const row = rowOf(point);
    const column = columnOf(point);
    let nearest = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let ring = 0; ; ring += 1) {
      for (const junction of this.junctionsOfRing(row, column, ring)) {
        const meters = metersBetween(point, this.junctions[junction]!);
        if (meters < least) [nearest, least] = [junction, meters];
      }
      // What lies further out than the rings that were searched is further away than this.
      if (nearest >= 0 && least <= ring * CELL_DEGREES * METERS_PER_DEGREE * 0.5) return nearest;
      if (ring * CELL_DEGREES > 180) return nearest;
    }
  }

  private *junctionsOfRing(row: number, column: number, ring: number): Generator<number> {
    for (let r = row - ring; r <= row + ring; r += 1) {
      const isEdge = Math.abs(r - row) === ring;
      for (let c = column - ring; c <= column + ring; c += isEdge ? 1 : Math.max(1, 2 * ring))
        yield* this.cells.get(cellOf(r, c)) ?? [];
    }
  }
}

/** Mean metres of one degree of latitude. */
const METERS_PER_DEGREE = 111_195;
const CELL_DEGREES = 0.005;

/** Metres on a plane; good for the size of a city. */
export function metersBetween(from: CityPoint, to: CityPoint): number {
  const north = to.lat - from.lat;
  const east = (to.lng - from.lng) * Math.cos((from.lat * Math.PI) / 180);
  return Math.hypot(north, east) * METERS_PER_DEGREE;
}

function rowOf({ lat }: CityPoint): number {
  return Math.floor(lat / CELL_DEGREES);
}

function columnOf({ lng }: CityPoint): number {
  return Math.floor(lng / CELL_DEGREES);
}

function cellOf(row: number, column: number): string {
  return `${row} ${column}`;
}
