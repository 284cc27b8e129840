export * from './fare-calculation.js';
export * from './fares.module.js';
export * from './fares.service.js';
export { type Surge, SurgeService } from './surge.service.js';
