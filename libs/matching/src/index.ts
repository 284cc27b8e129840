export * from '#libs/trips';
export * from './matching.module.js';
export * from './matcher.js';
