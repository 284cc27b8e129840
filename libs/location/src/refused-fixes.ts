import { Injectable } from '@nestjs/common';
import {
  ImplausibleReason,
  FixVerdict,
  RequestError,
  type RefusedFixes,
  type DriverFixRefused,
  type LocationPingResult,
} from '#libs/contracts';

/** The code of a reason in Redis is its place here. */
const REASONS = Object.values(ImplausibleReason);
export const REASON_COUNT = REASONS.length;
export const HOUR_MS = 3_600_000;

export function codeOfReason(reason: ImplausibleReason): number {
  return REASONS.indexOf(reason);
}

/** What the store says of the refused fixes of a driver; dispatchers get `driver:fix:refused`. */
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

/** What the store finds out about fixes, for others to act upon. */
@Injectable()
export class FixNotices {
  private refusedListener: ((notice: DriverFixRefused) => void) | undefined;
  private offDutyListener: ((driverId: string) => void) | undefined;

  /** Fixes of a driver were refused; at most once a few seconds a driver, on one of the instances. */
  onRefused(listener: (notice: DriverFixRefused) => void): void {
    this.refusedListener = listener;
  }

  /** A fix of a driver was not kept because the driver is off duty. */
  onOffDuty(listener: (driverId: string) => void): void {
    this.offDutyListener = listener;
  }

  refused(notice: DriverFixRefused): void {
    this.refusedListener?.(notice);
  }

  offDuty(driverId: string): void {
    this.offDutyListener?.(driverId);
  }
}

/** What a client does about each reason. */
const NEXT_STEP = {
  NOT_A_POSITION: 'Send lat and lng as numbers in degrees, with a point before the decimals.',
  CONTRADICTION: 'Send each value under one name, or the same value under each.',
  OUT_OF_RANGE: 'Send lat from -90 to 90 and lng from -180 to 180; they may be in the wrong order.',
  NULL_ISLAND: 'Wait until the device knows where it is.',
  BAD_TIMESTAMP: 'Send the time as ISO 8601 with date and time, or as epoch milliseconds.',
  FUTURE_TIMESTAMP: 'Correct the clock of the device by serverTime, or leave the time out.',
  TOO_OLD: 'Drop fixes this old; when they are new, correct the clock of the device by serverTime.',
  INACCURATE: 'Wait for a better fix of the satellites.',
  BAD_SEQUENCE: 'Send a whole sequence, with the epoch of hello or without any epoch.',
  JUMP: 'Go on sending: the third fix in a row at the new place is believed.',
} as const satisfies Record<ImplausibleReason, string>;

/** @throws RequestError FIX_REFUSED, unless any fix of the ping was fine, late or known */
export function refuseImplausible(result: LocationPingResult): LocationPingResult {
  const { results, serverTime } = result;
  for (const { verdict } of results) if (verdict !== FixVerdict.implausible) return result;
  const nextSteps: Partial<Record<ImplausibleReason, string>> = {};
  for (const { reason } of results) if (reason) nextSteps[reason] = NEXT_STEP[reason];
  throw new RequestError('FIX_REFUSED', { details: { results, nextSteps, serverTime } });
}
