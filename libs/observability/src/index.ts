export * from './delay-histogram.js';
export * from './delay-window.js';
export * from './logger.js';
export * from './observability.module.js';
