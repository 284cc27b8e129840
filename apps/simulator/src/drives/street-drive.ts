import { timedLine, type RouteSearch, type StreetGraph, type TimedPoint } from '#libs/city';
import { type Chance } from '../plan/chance.js';
import { type Hotspots } from '../plan/hotspots.js';
import { type Drive } from './drive.js';
import { type PlaceOnTheWay } from './fix-source.js';
import { bearingDegrees, distanceMeters, type Point } from './geography.js';

export const STREET_FIX_INTERVAL_MS = 3_000;
const LONGEST_PARKING_MS = 20_000;

/** The streets of a city, and the one search that all of its cars use in turn. */
export interface City {
  graph: StreetGraph;
  search: RouteSearch;
  hotspots: Hotspots;
  /** @param at epoch ms @returns 0 to 24 */
  hourAt: (at: number) => number;
}

/** A car that drives along streets to where people set out from, and by the fastest way where it is sent. */
export class StreetDrive implements Drive {
  private line: TimedPoint[];
  /** When the car is at the first point of its line, epoch ms. */
  private setOffAt: number;
  /** The last point of the line that the car has passed. */
  private passed = 0;
  private heading = 0;
  private isSent = false;
  private timestamp: number;

  /** @param chance the same numbers give the same drive */
  constructor(
    private readonly city: City,
    startAt: number,
    private readonly chance: Chance,
  ) {
    this.timestamp =
      Math.round(startAt + chance() * STREET_FIX_INTERVAL_MS) - STREET_FIX_INTERVAL_MS;
    const start = city.graph.junctions[this.destination(startAt)]!;
    this.line = [standingAt(start)];
    this.setOffAt = this.timestamp;
  }

  get isAway(): boolean {
    return this.isSent;
  }

  next(): PlaceOnTheWay {
    this.timestamp += STREET_FIX_INTERVAL_MS;
    if (!this.isSent && this.timestamp >= this.arrivesAt) this.wander();
    const { place, speed, isTunnel } = this.at(this.timestamp);
    return {
      timestamp: this.timestamp,
      lat: rounded(place.lat, 7),
      lng: rounded(place.lng, 7),
      heading: rounded(this.heading, 1),
      speed: rounded(speed, 1),
      ...(isTunnel ? { isCovered: true } : {}),
    };
  }

  driveTo(target: Point, speedMps: number, now: number, from?: Point): number {
    const start = from ?? this.at(now).place;
    this.isSent = true;
    this.timestamp = now;
    const way = [standingAt(start), ...this.wayBetween(start, target), standingAt(target)];
    this.follow(atSpeed(way, speedMps), now);
    return Math.ceil(this.arrivesAt - now);
  }

  letGo(now: number): void {
    this.isSent = false;
    this.timestamp = now;
    const { place } = this.at(now);
    this.follow([standingAt(place)], now);
  }

  private get arrivesAt(): number {
    return this.setOffAt + this.line.at(-1)!.seconds * 1_000;
  }

  private wander(): void {
    const { place } = this.at(this.timestamp);
    const { graph, search } = this.city;
    const route = search.find(graph.nearestJunction(place), this.destination(this.timestamp));
    const setOffAt = this.timestamp + this.chance() * LONGEST_PARKING_MS;
    const line = route ? timedLine(route) : [];
    if (line.length > 0) this.follow(line, setOffAt);
  }

  private destination(at: number): number {
    return this.city.hotspots.choose(this.chance, 'from', this.city.hourAt(at));
  }

  private follow(line: TimedPoint[], setOffAt: number): void {
    this.line = line;
    this.setOffAt = setOffAt;
    this.passed = 0;
  }

  /** Without streets in between where both places are nearest to the same junction. */
  private wayBetween(from: Point, to: Point): TimedPoint[] {
    const { graph, search } = this.city;
    const route = search.find(graph.nearestJunction(from), graph.nearestJunction(to));
    return route ? timedLine(route) : [];
  }

  private at(now: number): { place: Point; speed: number; isTunnel: boolean } {
    const seconds = (now - this.setOffAt) / 1_000;
    while (this.passed + 1 < this.line.length && this.line[this.passed + 1]!.seconds <= seconds)
      this.passed += 1;
    const here = this.line[this.passed]!;
    const ahead = this.line[this.passed + 1];
    // A car stands and waits at an end of a tunnel, not in it.
    if (!ahead || seconds < here.seconds) return { place: here, speed: 0, isTunnel: false };
    const share = (seconds - here.seconds) / (ahead.seconds - here.seconds);
    const meters = distanceMeters(here, ahead);
    if (meters > 0) this.heading = bearingDegrees(here, ahead);
    return {
      place: {
        lat: here.lat + (ahead.lat - here.lat) * share,
        lng: here.lng + (ahead.lng - here.lng) * share,
      },
      speed: meters / (ahead.seconds - here.seconds),
      isTunnel: ahead.isTunnel,
    };
  }
}

function standingAt({ lat, lng }: Point): TimedPoint {
  return { lat, lng, seconds: 0, isTunnel: false };
}

/** The times at a constant speed. */
function atSpeed(line: readonly TimedPoint[], speedMps: number): TimedPoint[] {
  const timed: TimedPoint[] = [];
  let meters = 0;
  for (const [i, point] of line.entries()) {
    if (i > 0) meters += distanceMeters(line[i - 1]!, point);
    timed.push({ ...point, seconds: meters / speedMps });
  }
  return timed;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
