export * from './dead-letters.service.js';
export { type DeadLetter } from './dead-letters.store.js';
export * from './export-backlog.js';
export { ExportStream, type TrimResult } from './export-stream.js';
export * from './exports.module.js';
export * from './personal-facts.js';
