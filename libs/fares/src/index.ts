export * from './fare-calculation.js';
export { type FarePolicy } from './fare-policy.js';
export * from './waiting-surcharge.js';
