import { NO_SURGE_BASIS_POINTS } from '#libs/contracts';

/** Better no fare than a wrong one: a broken number stops the calculation. */
export function assertAmount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(`${name} must be a whole number of minor units, 0 or more, not ${value}`);
}

/** A length of way or time, to whole units: measured values come with fractions. */
export function toWholeQuantity(name: string, value: number): number {
  const whole = Math.round(value);
  if (Number.isSafeInteger(whole) && value >= 0) return whole;
  throw new RangeError(`${name} must be a number, 0 or more, not ${value}`);
}

export function assertSurge(surgeBasisPoints: number): void {
  const isSurge =
    Number.isSafeInteger(surgeBasisPoints) && surgeBasisPoints >= NO_SURGE_BASIS_POINTS;
  if (isSurge) return;
  throw new RangeError(
    `A surge must be a whole number of basis points, ${NO_SURGE_BASIS_POINTS} or more, not ${surgeBasisPoints}`,
  );
}

/**
 * `amount` for each `unit` of `quantity`, rounded half up. Exact: the product may be larger than a
 * number holds.
 * @throws RangeError when the result is larger than that
 */
export function proportionOf(amount: number, quantity: number, unit: number): number {
  const twice = 2n * BigInt(amount) * BigInt(quantity);
  const rounded = Number((twice + BigInt(unit)) / (2n * BigInt(unit)));
  assertAmount('A line of a fare', rounded);
  return rounded;
}
