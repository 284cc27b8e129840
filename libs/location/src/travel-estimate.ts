import { distanceMeters, type Point } from './geodesy.js';

const SHORTEST_ETA_MS = 60_000;
const LONGEST_ETA_MS = 90 * 60_000;
const METERS_PER_KM = 1_000;
const MS_PER_HOUR = 3_600_000;

/** How travel is guessed without a road network. */
export interface TravelAssumptions {
  /** Roads are longer than straight lines: 130 is 1.3 times as long. */
  detourPercent: number;
  /** Kilometres an hour, stops included. */
  assumedSpeedKmh: number;
}

export interface TravelEstimate {
  /** Whole metres by road. */
  distanceMeters: number;
  /** Whole milliseconds. */
  durationMs: number;
}

/** The way along the points in their order: straight legs, made longer by the detour. */
export function estimateTravel(
  path: readonly Point[],
  { detourPercent, assumedSpeedKmh }: TravelAssumptions,
): TravelEstimate {
  let straightMeters = 0;
  for (let i = 1; i < path.length; i += 1) straightMeters += distanceMeters(path[i - 1]!, path[i]!);
  const roadMeters = (straightMeters * detourPercent) / 100;
  return {
    distanceMeters: Math.round(roadMeters),
    durationMs: Math.round(travelTimeMs(roadMeters, assumedSpeedKmh)),
  };
}

/**
 * When a driver will be there, as clients have always got it: the straight distance at the
 * assumed speed, never less than 1 minute nor more than 90. Whole milliseconds from now.
 */
export function estimateEtaMs(straightMeters: number, assumedSpeedKmh: number): number {
  const travelMs = Math.round(travelTimeMs(straightMeters, assumedSpeedKmh));
  return Math.min(LONGEST_ETA_MS, Math.max(SHORTEST_ETA_MS, travelMs));
}

function travelTimeMs(meters: number, speedKmh: number): number {
  return (meters / METERS_PER_KM / speedKmh) * MS_PER_HOUR;
}
