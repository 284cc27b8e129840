export * from './react/context.js';
export { type Followed } from './react/use-book.js';
export * from './react/use-conversation.js';
export * from './react/use-socket.js';
export * from './react/use-trip.js';
export * from './react/use-typing.js';
