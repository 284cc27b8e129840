import { RequestError } from '#libs/contracts';

/** Replies that say that the server, not the command, is in trouble. */
const SERVER_TROUBLE =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|OOM|MISCONF|NOREPLICAS|BUSY)/;

/** How long clients are told to wait when Redis is away. */
const RETRY_AFTER_MS = 1_000;

/** A refused script call is a bug and stays as it is; everything else means that Redis is away. */
export function toRequestError(error: unknown): unknown {
  if (error instanceof RequestError || !(error instanceof Error)) return error;
  if (error.name === 'ReplyError' && !SERVER_TROUBLE.test(error.message)) return error;
  return redisUnavailable(error);
}

export function redisUnavailable(cause?: unknown): RequestError {
  return new RequestError('REDIS_UNAVAILABLE', { retryAfterMs: RETRY_AFTER_MS, cause });
}
