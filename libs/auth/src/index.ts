export * from './sessions/account-blocks.js';
export * from './auth.module.js';
export * from './auth.service.js';
export { type Revocation, type RevocationListener } from './revocation/revocation.js';
export * from './revocation/revocations.js';
export { MAX_DEVICE_INFO_LENGTH, type ClientInfo, type Session } from './sessions/session.js';
export * from './sessions/sessions.service.js';
export { type TokenPair } from './tokens/token-pairs.js';
export * from './tokens/token-verifier.js';
