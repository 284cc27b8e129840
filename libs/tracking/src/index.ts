export * from './audience.js';
export { locationOf } from './tracked-location.js';
export { type Tracker } from './tracker.js';
export * from './tracking.module.js';
export * from './tracking.service.js';
