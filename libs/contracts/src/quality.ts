/** How much a shown position can be trusted, by its age. */
export const PositionQuality = {
  live: 'live',
  delayed: 'delayed',
  stale: 'stale',
  lost: 'lost',
} as const;
export type PositionQuality = (typeof PositionQuality)[keyof typeof PositionQuality];
