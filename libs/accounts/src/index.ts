export * from './account.js';
export * from './account-keys.js';
export { emailContact, looksLikePhoneNumber } from './contact.js';
export * from './accounts.module.js';
export * from './accounts.service.js';
