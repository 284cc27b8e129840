import FlatQueue from 'flatqueue';
import { type StreetGraph } from './street-graph.js';

const LANDMARKS = 8;

/**
 * Lower bounds of travel times by the triangle inequality over a few far-away junctions, known as
 * ALT (Goldberg and Harrelson, 2005): they guide a search far better than the straight line.
 */
export class Landmarks {
  /** Of each landmark: seconds from it to every junction, and from every junction to it. */
  private readonly from: Float64Array[] = [];
  private readonly to: Float64Array[] = [];

  constructor(graph: StreetGraph) {
    const reversed = reversedStreets(graph);
    let next = 0;
    for (let i = 0; i < Math.min(LANDMARKS, graph.junctions.length); i += 1) {
      this.from.push(secondsFrom(next, forwardStreets(graph)));
      this.to.push(secondsFrom(next, reversed));
      next = this.farthest();
    }
  }

  /** Seconds that the way takes at least. */
  atLeast(from: number, to: number): number {
    let bound = 0;
    for (let i = 0; i < this.from.length; i += 1) {
      const ahead = this.from[i]!;
      const behind = this.to[i]!;
      bound = Math.max(bound, ahead[to]! - ahead[from]!, behind[from]! - behind[to]!);
    }
    return bound;
  }

  /** The junction whose nearest landmark is the farthest away. */
  private farthest(): number {
    let best = 0;
    let most = -1;
    for (let junction = 0; junction < this.from[0]!.length; junction += 1) {
      let nearest = Number.POSITIVE_INFINITY;
      for (const seconds of this.from) nearest = Math.min(nearest, seconds[junction]!);
      if (nearest > most && nearest < Number.POSITIVE_INFINITY) [best, most] = [junction, nearest];
    }
    return best;
  }
}

/** Calls back with each street that leaves a junction: where it leads and how long it takes. */
interface Streets {
  junctions: number;
  leaving: (junction: number, each: (to: number, seconds: number) => void) => void;
}

function forwardStreets({ firstStreet, streets, junctions }: StreetGraph): Streets {
  return {
    junctions: junctions.length,
    leaving: (junction, each) => {
      for (let s = firstStreet[junction]!; s < firstStreet[junction + 1]!; s += 1)
        each(streets[s]!.to, streets[s]!.seconds);
    },
  };
}

function reversedStreets({ streets, junctions }: StreetGraph): Streets {
  const arriving: { from: number; seconds: number }[][] = junctions.map(() => []);
  for (const { from, to, seconds } of streets) arriving[to]!.push({ from, seconds });
  return {
    junctions: junctions.length,
    leaving: (junction, each) => {
      for (const { from, seconds } of arriving[junction]!) each(from, seconds);
    },
  };
}

/** Dijkstra's algorithm over the whole graph. */
function secondsFrom(start: number, { junctions, leaving }: Streets): Float64Array {
  const seconds = new Float64Array(junctions).fill(Number.POSITIVE_INFINITY);
  const queue = new FlatQueue<number>();
  seconds[start] = 0;
  queue.push(start, 0);
  while (queue.length > 0) {
    const reached = queue.peekValue()!;
    const junction = queue.pop()!;
    if (reached > seconds[junction]!) continue;
    leaving(junction, (to, takes) => {
      if (reached + takes >= seconds[to]!) return;
      seconds[to] = reached + takes;
      queue.push(to, reached + takes);
    });
  }
  return seconds;
}
