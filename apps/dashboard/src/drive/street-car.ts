import streetsUrl from 'city-files/streets.json?url';
import {
  restoreStreets,
  RouteSearch,
  timedLine,
  type StoredStreets,
  type StreetGraph,
  type TimedPoint,
} from '#libs/city/browser';
import { type MeasuredFix } from '#libs/client/location';
import { type Point } from '../phone/street-map.js';

const STORED_PLACE = 'ridewire:simulated-place';
const MIDDLE: Point = { lat: -34.905, lng: -56.18 };
/** Nobody wants to watch a real drive; the server believes 70 m/s. */
const TIMES_FASTER = 2;
/** A car without a passenger drives around in this part of the city, degrees. */
const ROAMING = 0.012;

/** A car that drives along the streets of the demo city: what a desk has instead of a GPS. */
export class StreetCar {
  private line: TimedPoint[];
  private setOffAt = 0;
  private target: Point | null = null;

  private constructor(
    private readonly graph: StreetGraph,
    private readonly search: RouteSearch,
    start: Point,
  ) {
    this.line = [this.standingAt(start)];
  }

  /** @param start where it is put, onto the nearest street; by default where it was before a reload */
  static async load(start?: Point): Promise<StreetCar> {
    const stored = (await (await fetch(streetsUrl)).json()) as StoredStreets;
    const graph = restoreStreets(stored);
    const before = sessionStorage.getItem(STORED_PLACE);
    const place = start ?? (before === null ? MIDDLE : (JSON.parse(before) as Point));
    return new StreetCar(graph, new RouteSearch(graph), place);
  }

  /** By the fastest way; null lets it drive around. */
  sendTo(target: Point | null, now: number): void {
    if (target?.lat === this.target?.lat && target?.lng === this.target?.lng) return;
    this.target = target;
    this.driveTo(target ?? this.somewhere(now), now);
  }

  /** Where its GPS says it is. */
  measure(now: number): MeasuredFix {
    const { at, ahead, share } = this.progress(now);
    if (!ahead && !this.target) this.driveTo(this.somewhere(now), now);
    const place = ahead
      ? { lat: between(at.lat, ahead.lat, share), lng: between(at.lng, ahead.lng, share) }
      : { lat: at.lat, lng: at.lng };
    sessionStorage.setItem(STORED_PLACE, JSON.stringify(place));
    const heading = ahead && headingOf(at, ahead);
    return { ...place, accuracy: 5, timestamp: now, ...(heading === undefined ? {} : { heading }) };
  }

  /** What it has still to drive, for the map. */
  way(now: number): Point[] {
    const { at, index } = this.progress(now);
    return this.target ? [at, ...this.line.slice(index + 1)] : [];
  }

  private driveTo(target: Point, now: number): void {
    const from = this.progress(now).at;
    const route = this.search.find(
      this.graph.nearestJunction(from),
      this.graph.nearestJunction(target),
    );
    const line = route ? timedLine(route) : [];
    this.line = line.length > 0 ? line : [this.standingAt(target)];
    this.setOffAt = now;
  }

  private progress(now: number) {
    const seconds = ((now - this.setOffAt) / 1_000) * TIMES_FASTER;
    const index = this.line.findLastIndex((point) => point.seconds <= seconds);
    const at = this.line[Math.max(0, index)]!;
    const ahead = this.line[index + 1];
    const share = ahead ? (seconds - at.seconds) / (ahead.seconds - at.seconds) : 0;
    return { at, ahead, share, index };
  }

  private somewhere(now: number): Point {
    const { lat, lng } = this.progress(now).at;
    const off = (): number => (Math.random() - 0.5) * 2 * ROAMING;
    return { lat: lat + off(), lng: lng + off() };
  }

  private standingAt(place: Point): TimedPoint {
    const junction = this.graph.junctions[this.graph.nearestJunction(place)]!;
    return { ...junction, seconds: 0, isTunnel: false };
  }
}

function between(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

/** Degrees clockwise from north, on a plane. */
function headingOf(from: Point, to: Point): number {
  const east = (to.lng - from.lng) * Math.cos((from.lat * Math.PI) / 180);
  const degrees = (Math.atan2(east, to.lat - from.lat) * 180) / Math.PI;
  return (degrees + 360) % 360;
}
