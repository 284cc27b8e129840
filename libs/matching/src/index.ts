export * from './matching.module.js';
export * from './matcher.js';
