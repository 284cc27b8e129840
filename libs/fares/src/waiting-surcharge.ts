import { type WaitingSurcharge } from '#libs/contracts';
import { proportionOf, toWholeQuantity } from './exact-amounts.js';
import { type FarePolicy } from './fare-policy.js';

const MS_PER_MINUTE = 60_000;

/**
 * What waiting at the pickup costs at `now`, and when it next costs more. Free for the first
 * `waitingFreeMs`; then a minute is charged in full from its first millisecond on.
 * @param arrivedAt when the driver arrived, epoch milliseconds
 * @param now epoch milliseconds; a clock behind `arrivedAt` counts as no waiting
 * @throws RangeError for times that are no numbers
 */
export function waitingSurcharge(
  policy: FarePolicy,
  arrivedAt: number,
  now: number,
): WaitingSurcharge {
  const arrival = toWholeQuantity('The arrival', arrivedAt);
  // A fraction of a millisecond has not passed yet: rounding it up would charge a minute early.
  const time = toWholeQuantity('The time', Math.floor(now));
  const chargedMinutes = startedMinutes(policy, Math.max(0, time - arrival));
  const isCharged = policy.waitingPerMinute > 0;
  return {
    amount: proportionOf(policy.waitingPerMinute, chargedMinutes, 1),
    chargedMinutes,
    nextWaitingStepAt: isCharged
      ? arrival + policy.waitingFreeMs + chargedMinutes * MS_PER_MINUTE + 1
      : null,
  };
}

/** @throws RangeError when the waiting is not a number, 0 or more */
export function waitingAmount(policy: FarePolicy, waitingMs: number): number {
  const wholeMs = toWholeQuantity('The waiting in milliseconds', waitingMs);
  return proportionOf(policy.waitingPerMinute, startedMinutes(policy, wholeMs), 1);
}

function startedMinutes({ waitingFreeMs }: FarePolicy, waitingMs: number): number {
  return Math.ceil(Math.max(0, waitingMs - waitingFreeMs) / MS_PER_MINUTE);
}
