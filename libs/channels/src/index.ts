export * from './channel-cursor.js';
export * from './channel-entry.js';
export * from './channel-feed.js';
export * from './channel-keys.js';
export * from './channels.module.js';
export * from './channels.store.js';
