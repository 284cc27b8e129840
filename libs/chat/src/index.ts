export * from './broadcasts.service.js';
export * from './chat-access.js';
export * from './chat-content.js';
export { channelOf } from './chat-keys.js';
export * from './chat.module.js';
export * from './conversations.service.js';
export * from './messages.service.js';
export * from './moderation.service.js';
export { type Entered } from './chat-plan.js';
