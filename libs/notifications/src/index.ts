export * from './box.js';
export * from './notification-page.js';
export * from './notifications.module.js';
export * from './notifications.service.js';
export * from './shared-boxes.js';
export * from './personal-notifications.js';
