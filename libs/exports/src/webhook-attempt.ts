/** What became of one attempt. `reason` is for people; it never has the URL or the answer's body in it. */
export type WebhookOutcome =
  | { kind: 'delivered' }
  /** May succeed later. */
  | { kind: 'failed'; reason: string; retryAfterMs?: number }
  /** The receiver will never take it, or it cannot be sent at all. */
  | { kind: 'refused'; reason: string };

/** The receiver says that this very fact is wrong, or that nothing is wanted any more. */
const REFUSALS = new Set([400, 410, 413, 415, 422]);

/** All else may be mended at the receiver: missing routes and keys, redirects, overload. */
export function outcomeOf(status: number, retryAfter: string | null): WebhookOutcome {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const reason = `HTTP ${status}`;
  if (REFUSALS.has(status)) return { kind: 'refused', reason };
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0;
  return { kind: 'failed', reason, ...(seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}) };
}

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
