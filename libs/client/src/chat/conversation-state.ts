import {
  type ChatConversation,
  type ChatMessage,
  type ClientToServer,
} from '#libs/contracts/browser';
import { type Page } from '../book.js';
import { type Refusal } from '../result.js';

export type MessageToSend = Parameters<ClientToServer['/chat']['chat:send']>[0];
/** What a message may have beside its text. */
export type MessageExtras = Pick<MessageToSend, 'attachment' | 'replyTo' | 'mentions'>;

/** A message of this device that the server has not taken yet. */
export interface PendingMessage extends MessageExtras {
  /** It keeps this name however often it is sent. */
  clientMessageId: string;
  text: string;
  /** Why it will not be sent; null while it waits. */
  failure: Refusal | null;
}

export interface ConversationState extends Page {
  conversationId: string;
  /** Null until it is known, and when there is none for this person. */
  conversation: ChatConversation | null;
  /** The oldest first. */
  messages: readonly ChatMessage[];
  /** Whether `older` brings more. */
  hasMore: boolean;
  /** Messages of this device that are on their way, or were refused. */
  pending: readonly PendingMessage[];
}
