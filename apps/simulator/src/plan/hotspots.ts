import { type StreetGraph } from '#libs/city';
import { moved, type Point } from '../drives/geography.js';
import { weighted, type Chance } from './chance.js';
import { flowAt, QuarterKind } from './day.js';

const PER_KIND: Readonly<Record<QuarterKind, number>> = { homes: 8, work: 5, nightlife: 4 };
/** How far from the middle of a hotspot people go, metres; most are nearer. */
const SPREAD_METERS = 900;
/** Of all ways, those that begin or end anywhere else. */
const ELSEWHERE_CHANCE = 0.3;

interface Hotspot {
  kind: QuarterKind;
  middle: Point;
}

/** Where people of a city are: a few parts of it most of the time, by the hour; anywhere the rest. */
export class Hotspots {
  private readonly all: Hotspot[];

  /** @param chance the same numbers give the same city */
  constructor(
    private readonly graph: StreetGraph,
    chance: Chance,
  ) {
    this.all = Object.values(QuarterKind).flatMap((kind) =>
      Array.from({ length: PER_KIND[kind] }, () => ({ kind, middle: this.anywhere(chance) })),
    );
  }

  /** A junction that somebody sets out from, or goes to, at this hour. */
  choose(chance: Chance, direction: 'from' | 'to', hour: number): number {
    if (chance() < ELSEWHERE_CHANCE) return Math.floor(chance() * this.graph.junctions.length);
    const { middle } = weighted(chance, this.all, ({ kind }) => flowAt(kind, direction, hour));
    return this.graph.nearestJunction(
      moved(middle, chance() * 360, chance() * chance() * SPREAD_METERS),
    );
  }

  /** The middle of a part of the city that many set out from at this hour. */
  busiest(hour: number): Point {
    const flow = ({ kind }: Hotspot): number => flowAt(kind, 'from', hour);
    return this.all.toSorted((a, b) => flow(b) - flow(a))[0]!.middle;
  }

  private anywhere(chance: Chance): Point {
    return this.graph.junctions[Math.floor(chance() * this.graph.junctions.length)]!;
  }
}
