const GROWTH = 4;

export interface RetrySchedule {
  retryDelayMs: number;
  retryMaxDelayMs: number;
}

/**
 * How long to wait after an attempt (the first is 1): four times longer after each, up to the most,
 * of which a random half to all is taken, so that what failed together does not return together.
 * @param askedMs what the receiver asked for; heeded up to the most
 */
export function retryDelayMs(
  { retryDelayMs: firstMs, retryMaxDelayMs: mostMs }: RetrySchedule,
  attempt: number,
  askedMs = 0,
  random = Math.random,
): number {
  const ceilingMs = Math.min(mostMs, firstMs * GROWTH ** (attempt - 1));
  const delayMs = ceilingMs / 2 + random() * (ceilingMs / 2);
  return Math.round(Math.max(delayMs, Math.min(askedMs, mostMs)));
}
