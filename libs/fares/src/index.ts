export * from './fare-calculation.js';
export * from './fares.module.js';
export * from './fares.service.js';
export {
  centerOfSurgeCell,
  type Surge,
  SURGE_CELL_DEGREES,
  surgeCellOf,
  SurgeService,
} from './surge.service.js';
