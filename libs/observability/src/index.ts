export * from './delay-histogram.js';
export * from './logger.js';
export * from './observability.module.js';
