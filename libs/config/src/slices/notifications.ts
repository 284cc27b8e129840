import { slice } from '../slice.js';

export const notificationsConfig = slice('notifications', (env) => ({
  /** Of one box. */
  retention: { entries: env.NOTIFICATIONS_KEPT, ageMs: env.NOTIFICATION_TTL },
}));
