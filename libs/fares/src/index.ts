export * from './fare-calculation.js';
export { type FarePolicy } from './fare-policy.js';
export * from './fares.module.js';
export * from './fares.service.js';
export { type Surge, SurgeService } from './surge.service.js';
export * from './waiting-surcharge.js';
