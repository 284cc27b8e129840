export * from './availability-record.js';
export * from './availability.feed.js';
export * from './availability.module.js';
export * from './availability.service.js';
export { type LeaseHold } from './availability.store.js';
export * from './dispatch-keys.js';
export * from './personal-availability.js';
