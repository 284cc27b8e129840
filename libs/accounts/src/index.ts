export * from './account.js';
export * from './account-keys.js';
export { looksLikePhoneNumber } from './contacts.js';
export * from './accounts.module.js';
export * from './accounts.service.js';
