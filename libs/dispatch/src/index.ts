export * from './dispatch.module.js';
export * from './dispatcher.js';
