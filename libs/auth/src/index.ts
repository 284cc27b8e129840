export * from './account-blocks.js';
export * from './auth.module.js';
export * from './auth.service.js';
export { type Revocation, type RevocationListener } from './revocation.js';
export * from './revocations.js';
export { MAX_DEVICE_INFO_LENGTH, type ClientInfo, type Session } from './session.js';
export * from './sessions.service.js';
export { type TokenPair } from './token-pairs.js';
export * from './token-verifier.js';
