import { latitudeOf, longitudeOf, ShapeKind, type OsmFeature, type Vertex } from './osm-tiles.js';
import { metersBetween, StreetGraph, type CityPoint, type Street } from './street-graph.js';
import { drivableWays, type StreetWay } from './street-ways.js';

/** What a junction costs a car, seconds: lights are red for half of those who come, others give way. */
const LIGHTS_SECONDS = 8;
const CROSSING_SECONDS = 2;
/** Streets that meet at a place where there is something to give way to. */
const CROSSING_STREETS = 3;

export interface GraphReport {
  ways: number;
  junctions: number;
  streets: number;
  kilometers: number;
  tunnelMeters: number;
  /** Of all junctions, those in the largest part that is connected in both directions; the rest is left out. */
  connectedShare: number;
}

/** Joins the streets of a map at the vertices that they share. */
export function buildStreetGraph(features: Iterable<OsmFeature>): {
  graph: StreetGraph;
  report: GraphReport;
} {
  const ways: StreetWay[] = [];
  const lights = new Set<string>();
  for (const feature of features) {
    ways.push(...drivableWays(feature));
    const [place] = feature.parts[0] ?? [];
    const isLight =
      feature.kind === ShapeKind.point && feature.tags['highway'] === 'traffic_signals';
    if (isLight && place) lights.add(placeOf(place));
  }
  const draft = new GraphDraft(ways, lights);
  const largest = largestConnectedPart(draft.junctions.length, draft.streets);
  const graph = draft.reducedTo(largest);
  const meters = graph.streets.reduce((sum, street) => sum + street.meters, 0);
  return {
    graph,
    report: {
      ways: ways.length,
      junctions: graph.junctions.length,
      streets: graph.streets.length,
      kilometers: Math.round(meters / 1_000),
      tunnelMeters: Math.round(
        graph.streets.reduce((sum, street) => sum + (street.isTunnel ? street.meters : 0), 0),
      ),
      connectedShare: graph.junctions.length / Math.max(1, draft.junctions.length),
    },
  };
}

class GraphDraft {
  readonly junctions: CityPoint[] = [];
  readonly streets: Street[] = [];
  private readonly names: string[] = [];
  private readonly nameIds = new Map<string, number>();
  private readonly junctionIds = new Map<string, number>();
  private readonly meeting = new Map<string, number>();

  constructor(
    ways: readonly StreetWay[],
    private readonly lights: ReadonlySet<string>,
  ) {
    for (const { vertices } of ways) this.count(vertices);
    for (const way of ways) this.addStreets(way);
  }

  /** Without junctions that cannot be reached or left. */
  reducedTo(kept: ReadonlySet<number>): StreetGraph {
    const ids = new Map<number, number>([...kept].map((junction, i) => [junction, i]));
    const streets: Street[] = [];
    for (const street of this.streets) {
      const from = ids.get(street.from);
      const to = ids.get(street.to);
      if (from !== undefined && to !== undefined) streets.push({ ...street, from, to });
    }
    return new StreetGraph(
      [...kept].map((junction) => this.junctions[junction]!),
      streets,
      this.names,
    );
  }

  /** An end counts as one street that meets there, a vertex in the middle as two. */
  private count(vertices: readonly Vertex[]): void {
    for (const [i, vertex] of vertices.entries()) {
      const place = placeOf(vertex);
      const isEnd = i === 0 || i === vertices.length - 1;
      this.meeting.set(place, (this.meeting.get(place) ?? 0) + (isEnd ? 1 : 2));
    }
  }

  /** A way is one street from junction to junction, in each direction that may be driven. */
  private addStreets(way: StreetWay): void {
    const { vertices, direction } = way;
    let start = 0;
    for (let end = 1; end < vertices.length; end += 1) {
      const isLast = end === vertices.length - 1;
      if (!isLast && this.meeting.get(placeOf(vertices[end]!)) === 2) continue;
      const stretch = vertices.slice(start, end + 1);
      if (direction !== 'backward') this.addStreet(stretch, way);
      if (direction !== 'forward') this.addStreet(stretch.toReversed(), way);
      start = end;
    }
  }

  private addStreet(stretch: readonly Vertex[], { name, speedKmh, isTunnel }: StreetWay): void {
    const shape = stretch.map(pointOf);
    let meters = 0;
    for (let i = 1; i < shape.length; i += 1) meters += metersBetween(shape[i - 1]!, shape[i]!);
    const from = this.junctionAt(stretch[0]!);
    const to = this.junctionAt(stretch.at(-1)!);
    if (from === to) return;
    const seconds = meters / (speedKmh / 3.6) + this.delayAt(stretch.at(-1)!);
    this.streets.push({ from, to, meters, seconds, name: this.nameIdOf(name), shape, isTunnel });
  }

  private delayAt(vertex: Vertex): number {
    const place = placeOf(vertex);
    if (this.lights.has(place)) return LIGHTS_SECONDS;
    return this.meeting.get(place)! >= CROSSING_STREETS ? CROSSING_SECONDS : 0;
  }

  private junctionAt(vertex: Vertex): number {
    const place = placeOf(vertex);
    const known = this.junctionIds.get(place);
    if (known !== undefined) return known;
    const id = this.junctions.push(pointOf(vertex)) - 1;
    this.junctionIds.set(place, id);
    return id;
  }

  private nameIdOf(name: string): number {
    const known = this.nameIds.get(name);
    if (known !== undefined) return known;
    const id = this.names.push(name) - 1;
    this.nameIds.set(name, id);
    return id;
  }
}

function placeOf({ x, y }: Vertex): string {
  return `${x} ${y}`;
}

function pointOf(vertex: Vertex): CityPoint {
  return { lat: rounded(latitudeOf(vertex)), lng: rounded(longitudeOf(vertex)) };
}

/** To a decimetre. */
function rounded(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}

/**
 * The largest set of junctions each of which reaches every other (Tarjan's algorithm, with a stack
 * of its own: a city is deeper than the stack of calls).
 */
function largestConnectedPart(count: number, streets: readonly Street[]): Set<number> {
  const leaving: number[][] = Array.from({ length: count }, () => []);
  for (const { from, to } of streets) leaving[from]!.push(to);
  const index = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const isOpen = new Uint8Array(count);
  const open: number[] = [];
  let next = 0;
  let largest: number[] = [];
  for (let root = 0; root < count; root += 1) {
    if (index[root] !== -1) continue;
    const visits: { junction: number; tried: number }[] = [];
    const enter = (junction: number): void => {
      index[junction] = low[junction] = next;
      next += 1;
      open.push(junction);
      isOpen[junction] = 1;
      visits.push({ junction, tried: 0 });
    };
    enter(root);
    while (visits.length > 0) {
      const visit = visits.at(-1)!;
      const { junction } = visit;
      const to = leaving[junction]![visit.tried];
      visit.tried += 1;
      if (to === undefined) {
        visits.pop();
        const parent = visits.at(-1)?.junction;
        if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[junction]!);
        if (low[junction] !== index[junction]) continue;
        const part = open.splice(open.lastIndexOf(junction));
        for (const member of part) isOpen[member] = 0;
        if (part.length > largest.length) largest = part;
      } else if (index[to] === -1) {
        enter(to);
      } else if (isOpen[to] === 1) {
        low[junction] = Math.min(low[junction]!, index[to]!);
      }
    }
  }
  return new Set(largest.toSorted((a, b) => a - b));
}
