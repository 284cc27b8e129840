import FlatQueue from 'flatqueue';
import { Landmarks } from './landmarks.js';
import { metersBetween, type CityPoint, type Street, type StreetGraph } from './street-graph.js';

const NO_STREET = -1;

/** The way between two junctions, street by street. */
export interface Route {
  streets: Street[];
  meters: number;
  seconds: number;
}

/** A place of a route and when a car that keeps to the speeds is there. */
export interface TimedPoint extends CityPoint {
  /** From the begin of the route. */
  seconds: number;
  /** Whether the stretch that ends here is in a tunnel. */
  isTunnel: boolean;
}

/**
 * Finds the fastest way by A* with landmarks. Keeps its working memory between searches: one instance serves one
 * search at a time, as all of its methods are synchronous.
 */
export class RouteSearch {
  private readonly queue = new FlatQueue<number>();
  private readonly cost: Float64Array;
  private readonly arrivedBy: Int32Array;
  /** The search in which `cost` and `arrivedBy` were written; others are of before. */
  private readonly writtenIn: Uint32Array;
  private search = 0;
  private readonly landmarks: Landmarks;

  constructor(private readonly graph: StreetGraph) {
    const { length } = graph.junctions;
    this.cost = new Float64Array(length);
    this.arrivedBy = new Int32Array(length);
    this.writtenIn = new Uint32Array(length);
    this.landmarks = new Landmarks(graph);
  }

  /** @returns null when no street leads there, which a graph of one connected part does not have */
  find(from: number, to: number): Route | null {
    this.search += 1;
    this.queue.clear();
    this.reach(from, 0, NO_STREET);
    this.queue.push(from, 0);
    while (this.queue.length > 0) {
      const estimate = this.queue.peekValue()!;
      const junction = this.queue.pop()!;
      if (junction === to) return this.routeTo(to);
      const cost = this.cost[junction]!;
      // A cheaper way to it was found after this entry was queued.
      if (estimate > cost + this.landmarks.atLeast(junction, to) + 1e-6) continue;
      this.relax(junction, cost, to);
    }
    return null;
  }

  private relax(junction: number, cost: number, to: number): void {
    const { firstStreet, streets } = this.graph;
    for (let s = firstStreet[junction]!; s < firstStreet[junction + 1]!; s += 1) {
      const street = streets[s]!;
      const reached = cost + street.seconds;
      const isKnown = this.writtenIn[street.to] === this.search;
      if (isKnown && this.cost[street.to]! <= reached) continue;
      this.reach(street.to, reached, s);
      this.queue.push(street.to, reached + this.landmarks.atLeast(street.to, to));
    }
  }

  private reach(junction: number, cost: number, street: number): void {
    this.cost[junction] = cost;
    this.arrivedBy[junction] = street;
    this.writtenIn[junction] = this.search;
  }

  private routeTo(to: number): Route {
    const streets: Street[] = [];
    let meters = 0;
    for (let s = this.arrivedBy[to]!; s !== NO_STREET;) {
      const street = this.graph.streets[s]!;
      streets.push(street);
      meters += street.meters;
      s = this.arrivedBy[street.from]!;
    }
    return { streets: streets.toReversed(), meters, seconds: this.cost[to]! };
  }
}

/** The line of a route with the time at each of its points; empty for a route without streets. */
export function timedLine({ streets }: Route): TimedPoint[] {
  const line: TimedPoint[] = [];
  let seconds = 0;
  for (const street of streets) {
    const { isTunnel } = street;
    if (line.length === 0) line.push({ ...street.shape[0]!, seconds: 0, isTunnel });
    let driven = 0;
    for (let i = 1; i < street.shape.length; i += 1) {
      const point = street.shape[i]!;
      driven += metersBetween(street.shape[i - 1]!, point);
      const share = street.meters > 0 ? driven / street.meters : 1;
      line.push({ ...point, seconds: seconds + street.seconds * share, isTunnel });
    }
    seconds += street.seconds;
  }
  return line;
}
