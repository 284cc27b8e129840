export * from './account.js';
export * from './account-keys.js';
export { looksLikePhoneNumber } from './contacts.js';
export * from './accounts.module.js';
export * from './accounts.service.js';
export { AccountRedis } from './account-redis.js';
export { OldKeys } from './old-keys.js';
export { claimSession, ENDED_TRACE_MS } from './session-owner.js';
export { UntoldChanges, untoldNotes } from './untold-changes.js';
