export * from './server.js';
export * from './identity.js';
export * from './sockets.js';
export * from './fleet.js';
export * from './trips.js';
export * from './exports.js';
