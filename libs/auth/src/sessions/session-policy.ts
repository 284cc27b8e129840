/** An ended session leaves a trace at least this long, so that its id is not taken anew meanwhile. */
export const ENDED_TRACE_MS = 10 * 60_000;

/** A client that lost the answer to a refresh may send the same token again this long. */
export const REFRESH_GRACE_MS = 30_000;

/** `lastActivityAt` lags by this much at most. */
export const ACTIVITY_LAG_MS = 60_000;
