export * from './instance-board.js';
export * from './instance-directory.js';
export { type InstanceContact } from './instance-directory.store.js';
export * from './instance-figures.js';
export * from './instances.module.js';
