import { RequestError } from '#libs/contracts';

/**
 * For what a budget answers.
 * @param retryAfterMs how long to wait, 0 for not at all
 * @throws RequestError RATE_LIMITED unless there is nothing to wait for
 */
export function refuseUntilLater(retryAfterMs: number): void {
  if (retryAfterMs > 0) throw new RequestError('RATE_LIMITED', { retryAfterMs });
}
