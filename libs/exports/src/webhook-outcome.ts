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
