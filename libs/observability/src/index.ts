export * from './build-info.js';
export * from './delay-histogram.js';
export * from './logger.js';
export * from './metrics/counts.js';
export * from './metrics/delivery-delays.js';
export * from './metrics/metrics.js';
export * from './observability.module.js';
