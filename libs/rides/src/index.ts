export * from './dispatcher-actions.service.js';
export * from './driver-picture.js';
export * from './driver-sightings.js';
export * from './odometer.js';
export * from './rides.module.js';
export * from './rides.service.js';
export * from './waiting.js';
