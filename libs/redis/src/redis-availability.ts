import { RequestError } from '#libs/contracts';

/**
 * Replies that say that the server, not the command, is in trouble: it starts, changes its master,
 * moves its slots, cannot write for now, or lets nobody in until operators and it agree about the
 * password. `EXECABORT`: one of these within a transaction.
 */
const SERVER_TROUBLE =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|UNBLOCKED|OOM|MISCONF|NOREPLICAS|BUSY|EXECABORT|NOAUTH|WRONGPASS|NOPERM)\b/;

/** How long clients have to wait when Redis is away. */
const RETRY_AFTER_MS = 1_000;

/** A refused script call is a bug and stays as it is; everything else means that Redis is away. */
export function toRequestError(error: unknown): unknown {
  if (error instanceof RequestError || !(error instanceof Error)) return error;
  if (error.name === 'ReplyError' && !isPassingState(error)) return error;
  return redisUnavailable(error);
}

/** What the server says of itself, where it answers but cannot do what it is asked for. */
export function isPassingState(error: unknown): error is Error {
  return (
    error instanceof Error && error.name === 'ReplyError' && SERVER_TROUBLE.test(error.message)
  );
}

export function redisUnavailable(cause?: unknown): RequestError {
  return new RequestError('REDIS_UNAVAILABLE', { retryAfterMs: RETRY_AFTER_MS, cause });
}
