export { type Missed } from './book.js';
export { type ConversationBook } from './chat/conversation-book.js';
export {
  type ConversationState,
  type MessageExtras,
  type PendingMessage,
} from './chat/conversation-state.js';
export * from './client.js';
export { type ConnectionState, type ConnectionStatus } from './connection/connection-state.js';
export { type ConnectionOptions } from './connection/connection.js';
export { SessionEnded, type GetToken, type TokenReason } from './connection/token-keeper.js';
export {
  type ClientNamespace,
  type Link,
  type LinkOptions,
  type RequestData,
  type RequestName,
  type RequestOptions,
  type RequestPayload,
  type StandingRequest,
} from './link.js';
export { type ClientCode, type Refusal, type Result } from './result.js';
export { type TripBook, type TripState } from './trips/trip-book.js';
export { makeId } from './waiting.js';
/** The contract: payloads, codes and names. */
export type * from '#libs/contracts/browser';
