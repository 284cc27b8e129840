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

export function qualityOf(age: number, limits: QualityLimits): PositionQuality {
  if (age < limits.delayedAfterMs) return PositionQuality.live;
  if (age < limits.staleAfterMs) return PositionQuality.delayed;
  return age < limits.lostAfterMs ? PositionQuality.stale : PositionQuality.lost;
}
