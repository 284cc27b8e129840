export * from './server.js';
export * from './identity.js';
export * from './fleet.js';
export * from './trips.js';
export * from './exports.js';
export * from './people.js';
export * from './chat.js';
export * from './notifications.js';
