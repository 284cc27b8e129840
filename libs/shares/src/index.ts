export * from './personal-shares.js';
export * from './shared-trip.js';
export * from './shares.module.js';
export * from './shares.service.js';
export * from './shares.store.js';
