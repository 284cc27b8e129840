export * from './fleet-driver.js';
export * from './fleet-follower.js';
export * from './fleet-payloads.js';
export * from './fleet-view.js';
export * from './fleet-viewport.js';
export * from './fleet.module.js';
export * from './nearby.service.js';
