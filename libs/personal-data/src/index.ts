export * from './anonymised.js';
export * from './person.js';
