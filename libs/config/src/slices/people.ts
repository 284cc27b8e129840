import { slice } from '../slice.js';

/** How long somebody counts as present whose instance or connection is gone. */
export const presenceConfig = slice('presence', (env) => ({
  leaseMs: env.PRESENCE_LEASE,
  graceMs: env.PRESENCE_GRACE,
  maxSubscriptions: env.PRESENCE_MAX_SUBSCRIPTIONS,
  lastSeenKeptMs: env.PRESENCE_LAST_SEEN_KEPT,
}));

/** How often those who look at a page are told how many they are. */
export const visitorsConfig = slice('visitors', (env) => ({ tickMs: env.VISITORS_TICK }));
