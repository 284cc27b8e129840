export * from './dead-letters.service.js';
export * from './dead-letter.js';
export * from './export-stream.js';
export * from './exports.module.js';
