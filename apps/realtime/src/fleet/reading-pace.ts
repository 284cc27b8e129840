/** A dispatcher with this much unread gets no more changes (SLOW1). */
export const BEHIND_BYTES = 256 * 1024;
/** When it has read down to this, it gets a new snapshot and the changes from there. */
export const CAUGHT_UP_BYTES = 16 * 1024;
