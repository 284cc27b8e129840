import { distanceMeters, type Point } from '#libs/location';

/** A fix of a ride: what its length is measured by. */
export interface WayPoint extends Point {
  /** Epoch ms. */
  timestamp: number;
}

/** The beginning of a long ride, whose fixes are not kept any more. */
export interface SettledWay {
  /** From the start of the ride up to `last`. */
  meters: number;
  last: WayPoint;
}

export interface BelievableMovement {
  maxSpeedMps: number;
  /** A distance that is always believed. */
  jumpSlackMeters: number;
}

/** When this many fixes agree on a far away place, the driver really is there. */
const CONFIRMATIONS = 3;

/**
 * The fixes of a ride that are believed, in the order of their times. It depends on the fixes alone
 * and not on the order in which they came: a late fix was never compared with its neighbours before.
 * @param fixes by time
 * @param from where the settled part of the way ends
 */
export function believedWay(
  fixes: readonly WayPoint[],
  from: WayPoint | null,
  movement: BelievableMovement,
): WayPoint[] {
  let way: WayPoint[] = from ? [from] : [];
  let isWayConfirmed = from !== null;
  let elsewhere: WayPoint[] = [];
  for (const fix of fixes) {
    const last = way.at(-1);
    if (!last || isReachable(last, fix, movement)) {
      way.push(fix);
      elsewhere = [];
      isWayConfirmed ||= way.length >= CONFIRMATIONS;
      continue;
    }
    const lastElsewhere = elsewhere.at(-1);
    if (lastElsewhere && !isReachable(lastElsewhere, fix, movement)) elsewhere = [];
    elsewhere.push(fix);
    if (elsewhere.length < CONFIRMATIONS) continue;
    // One or two fixes at the beginning that nothing else agrees with were wrong themselves.
    way = isWayConfirmed ? [...way, ...elsewhere] : elsewhere;
    isWayConfirmed = true;
    elsewhere = [];
  }
  return way;
}

export function lengthOf(way: readonly WayPoint[]): number {
  let meters = 0;
  for (let i = 1; i < way.length; i += 1) meters += distanceMeters(way[i - 1]!, way[i]!);
  return meters;
}

/**
 * Adds the older half of a way to its settled part once it has become too long to keep.
 * @param way believed fixes; begins where the settled part ends
 * @param limit fixes that are kept at most
 * @returns the settled part, the same one while nothing has to be added
 */
export function settleWay(
  settled: SettledWay | null,
  way: readonly WayPoint[],
  limit: number,
): SettledWay | null {
  if (way.length <= limit) return settled;
  const older = way.slice(0, way.length - Math.floor(limit / 2));
  return { meters: (settled?.meters ?? 0) + lengthOf(older), last: older.at(-1)! };
}

function isReachable(
  a: WayPoint,
  b: WayPoint,
  { maxSpeedMps, jumpSlackMeters }: BelievableMovement,
): boolean {
  const allowed = jumpSlackMeters + (maxSpeedMps * Math.abs(b.timestamp - a.timestamp)) / 1_000;
  return distanceMeters(a, b) <= allowed;
}
