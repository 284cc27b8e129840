export * from './approach.js';
export * from './dispatch.module.js';
export * from './dispatcher.js';
