import { type Drawing } from './map-overlay.js';

/** Where a driver has been. */
export interface TrailFix {
  lat: number;
  lng: number;
  /** Epoch milliseconds. */
  timestamp: number;
  /** Metres per second; not every phone says it. */
  speed?: number;
}

export interface TrailSummary {
  meters: number;
  /** Kilometres an hour, over all of the time. */
  meanKmh: number;
  topKmh: number;
}

/** From this many kilometres an hour on a piece of the trail has the next colour. */
export const SPEED_BANDS = [
  { from: 40, color: '--trail-fast' },
  { from: 12, color: '--trail-middle' },
  { from: 0, color: '--trail-slow' },
] as const;
/** Two fixes further apart in time say nothing of the way between them. */
const LONGEST_GAP_MS = 60_000;
const METERS_PER_DEGREE = 111_195;
const KMH_PER_MPS = 3.6;

/** Draws the trail by speed; where nothing is known of the way it is dashed. */
export function trailDrawing(fixes: readonly TrailFix[]): Drawing {
  return ({ context, project, color }) => {
    context.lineCap = 'round';
    context.lineJoin = 'round';
    for (const [width, isHalo] of [
      [6, true],
      [3.5, false],
    ] as const) {
      context.lineWidth = width;
      for (let i = 1; i < fixes.length; i += 1) {
        const [from, to] = [fixes[i - 1]!, fixes[i]!];
        const isKnown = to.timestamp - from.timestamp <= LONGEST_GAP_MS;
        if (isHalo && !isKnown) continue;
        context.setLineDash(isKnown ? [] : [1, 7]);
        context.strokeStyle = color(isHalo ? '--surface' : bandOf(kmhBetween(from, to)).color);
        context.beginPath();
        context.moveTo(...project(from.lng, from.lat));
        context.lineTo(...project(to.lng, to.lat));
        context.stroke();
      }
    }
  };
}

/** Undefined while there are no two fixes. */
export function summaryOf(fixes: readonly TrailFix[]): TrailSummary | undefined {
  const [first, last] = [fixes[0], fixes.at(-1)];
  if (!first || !last || last.timestamp === first.timestamp) return undefined;
  let meters = 0;
  let topKmh = 0;
  for (let i = 1; i < fixes.length; i += 1) {
    meters += metersBetween(fixes[i - 1]!, fixes[i]!);
    topKmh = Math.max(topKmh, kmhBetween(fixes[i - 1]!, fixes[i]!));
  }
  const seconds = (last.timestamp - first.timestamp) / 1_000;
  return { meters, meanKmh: (meters / seconds) * KMH_PER_MPS, topKmh };
}

/** As the phone measured it, else by the way. */
function kmhBetween(from: TrailFix, to: TrailFix): number {
  if (to.speed !== undefined) return to.speed * KMH_PER_MPS;
  const seconds = Math.max(1, (to.timestamp - from.timestamp) / 1_000);
  return (metersBetween(from, to) / seconds) * KMH_PER_MPS;
}

function bandOf(kmh: number): (typeof SPEED_BANDS)[number] {
  return SPEED_BANDS.find(({ from }) => kmh >= from) ?? SPEED_BANDS[2];
}

/** Over a few kilometres the earth is flat. */
function metersBetween(a: TrailFix, b: TrailFix): number {
  const east = (b.lng - a.lng) * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(b.lat - a.lat, east) * METERS_PER_DEGREE;
}
