export * from './client-environment.js';
export * from './config.module.js';
export * from './configuration.js';
export * from './environment.js';
export { environmentSchema, type Environment } from './environment.schema.js';
