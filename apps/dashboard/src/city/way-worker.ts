import {
  metersBetween,
  restoreStreets,
  RouteSearch,
  timedLine,
  type CityPoint,
  type StoredStreets,
  type StreetGraph,
} from '#libs/city/browser';

export interface WayQuestion {
  number: number;
  /** Of the file with the streets. */
  streetsUrl: string;
  places: readonly CityPoint[];
}

export interface WayAnswer {
  number: number;
  /** Null where there are no streets, or they could not be read. */
  way: readonly CityPoint[] | null;
}

/** A place farther from every junction is not in this city. */
const NEAR_METERS = 600;
const MARGIN_DEGREES = 0.01;

/** The streets of the city, and the fastest ways along them. */
class Streets {
  private readonly search: RouteSearch;
  private readonly box: { west: number; south: number; east: number; north: number };

  private constructor(private readonly graph: StreetGraph) {
    this.search = new RouteSearch(graph);
    const box = { west: 180, south: 90, east: -180, north: -90 };
    for (const { lat, lng } of graph.junctions) {
      box.west = Math.min(box.west, lng - MARGIN_DEGREES);
      box.east = Math.max(box.east, lng + MARGIN_DEGREES);
      box.south = Math.min(box.south, lat - MARGIN_DEGREES);
      box.north = Math.max(box.north, lat + MARGIN_DEGREES);
    }
    this.box = box;
  }

  static async read(url: string): Promise<Streets> {
    const stored = (await (await fetch(url)).json()) as StoredStreets;
    return new Streets(restoreStreets(stored));
  }

  /** From each place to the next; null when one of them is not in the city. */
  wayThrough(places: readonly CityPoint[]): CityPoint[] | null {
    const junctions = places.map((place) => this.junctionAt(place));
    const way: CityPoint[] = [];
    for (const [i, to] of junctions.entries()) {
      const from = junctions[i - 1];
      if (to === undefined) return null;
      if (from !== undefined) {
        const route = this.search.find(from, to);
        if (!route) return null;
        way.push(...timedLine(route).map(({ lat, lng }) => ({ lat, lng })));
      }
      way.push(places[i]!);
    }
    return way;
  }

  private junctionAt(place: CityPoint): number | undefined {
    const { west, south, east, north } = this.box;
    const { lat, lng } = place;
    if (lng < west || lng > east || lat < south || lat > north) return undefined;
    const junction = this.graph.nearestJunction(place);
    const meters = metersBetween(place, this.graph.junctions[junction]!);
    return meters <= NEAR_METERS ? junction : undefined;
  }
}

let streets: Promise<Streets> | undefined;

addEventListener('message', ({ data }: MessageEvent<WayQuestion>) => {
  streets ??= Streets.read(data.streetsUrl);
  const answer = (way: WayAnswer['way']): void =>
    postMessage({ number: data.number, way } satisfies WayAnswer);
  streets.then(
    (read) => answer(read.wayThrough(data.places)),
    () => {
      // The next question tries to read them once more.
      streets = undefined;
      answer(null);
    },
  );
});
