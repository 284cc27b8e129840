import { ImplausibleReason, type RefusedFixes } from '#libs/contracts';

/** The code of a reason in Redis is its place here. */
const REASONS = Object.values(ImplausibleReason);
export const REASON_COUNT = REASONS.length;
export const HOUR_MS = 3_600_000;

export function codeOfReason(reason: ImplausibleReason): number {
  return REASONS.indexOf(reason);
}

/** What the store says of the refused fixes of a driver. */
export interface CountedRefusals {
  /** Code of the last reason. */
  last: number;
  /** When that was, epoch ms. */
  at: number;
  /** By code, of this hour and the one before. */
  counts: readonly number[];
}

/** @param counted undefined where nothing was refused */
export function toRefusedFixes(counted: CountedRefusals | undefined): RefusedFixes {
  const byReason: RefusedFixes['byReason'] = {};
  let total = 0;
  for (const [code, count] of (counted?.counts ?? []).entries()) {
    total += count;
    if (count > 0) byReason[REASONS[code]!] = count;
  }
  return {
    total,
    byReason,
    lastReason: counted ? (REASONS[counted.last] ?? null) : null,
    lastAt: counted ? new Date(counted.at).toISOString() : null,
  };
}
