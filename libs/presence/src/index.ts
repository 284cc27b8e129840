export * from './personal-presence.js';
export * from './place.js';
export * from './place-feed.js';
export * from './presence.module.js';
export * from './presence.service.js';
