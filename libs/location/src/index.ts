export * from './cell.js';
export * from './geodesy.js';
export * from './location.feed.js';
export * from './location.module.js';
export * from './location.service.js';
export { type PositionOf, type ShardSnapshot } from './location.store.js';
export { type StoredPosition } from './position-record.js';
export * from './position-quality.js';
export * from './travel-estimate.js';
