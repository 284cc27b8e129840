/** How a dispatcher wants positions: one event a driver, or one frame a tick. */
export const FeedMode = {
  events: 'events',
  frames: 'frames',
} as const;
export type FeedMode = (typeof FeedMode)[keyof typeof FeedMode];
