import { type StreetGraph } from '#libs/city';
import { moved, type Point } from './geography.js';

const HOTSPOTS = 12;
/** How far from the middle of a hotspot people go, metres; most are nearer. */
const SPREAD_METERS = 900;
/** Of all ways, those that lead anywhere else. */
const ELSEWHERE_CHANCE = 0.3;

/** Where people of a city go: a few parts of it most of the time, anywhere the rest. */
export class Hotspots {
  private readonly middles: Point[];

  /** @param random 0 to 1, as Math.random; the same numbers give the same city */
  constructor(
    private readonly graph: StreetGraph,
    random: () => number,
  ) {
    this.middles = Array.from({ length: HOTSPOTS }, () => this.anywhere(random));
  }

  /** A junction that somebody goes to. */
  choose(random: () => number): number {
    if (random() < ELSEWHERE_CHANCE) return Math.floor(random() * this.graph.junctions.length);
    const middle = this.middles[Math.floor(random() * this.middles.length)]!;
    const place = moved(middle, random() * 360, random() * random() * SPREAD_METERS);
    return this.graph.nearestJunction(place);
  }

  private anywhere(random: () => number): Point {
    return this.graph.junctions[Math.floor(random() * this.graph.junctions.length)]!;
  }
}
