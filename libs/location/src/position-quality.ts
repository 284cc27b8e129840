import { PositionQuality } from '#libs/contracts';

export interface QualityLimits {
  delayedAfterMs: number;
  staleAfterMs: number;
  lostAfterMs: number;
}

/** The age of a position at `now`, never negative: phone clocks run a little ahead. */
export function ageMs(timestamp: number, now: number): number {
  return Math.max(0, Math.round(now - timestamp));
}

/** When a position of this quality gets a worse one, epoch ms; Infinity for a lost one. */
export function worseAt(
  timestamp: number,
  quality: PositionQuality,
  limits: QualityLimits,
): number {
  if (quality === PositionQuality.live) return timestamp + limits.delayedAfterMs;
  if (quality === PositionQuality.delayed) return timestamp + limits.staleAfterMs;
  return quality === PositionQuality.stale
    ? timestamp + limits.lostAfterMs
    : Number.POSITIVE_INFINITY;
}

export function qualityOf(age: number, limits: QualityLimits): PositionQuality {
  if (age < limits.delayedAfterMs) return PositionQuality.live;
  if (age < limits.staleAfterMs) return PositionQuality.delayed;
  return age < limits.lostAfterMs ? PositionQuality.stale : PositionQuality.lost;
}
