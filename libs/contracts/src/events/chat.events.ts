import { type Ack } from '../ack.js';
import { type ChatConversation, type ChatMessage, type ChatPerson } from '../conversation.js';
import {
  type ChatHistoryDto,
  type ChatJoinDto,
  type ChatOpenDto,
  type ChatSendDto,
  type ConversationDto,
} from '../dto/chat.dto.js';
import { type SessionClientToServer, type SessionServerToClient } from './session.events.js';

/** Requests of /chat. */
export const ChatRequest = {
  open: 'chat:open',
  join: 'chat:join',
  leave: 'chat:leave',
  send: 'chat:send',
  history: 'chat:history',
} as const;

/** Every fact of a conversation names it, and the number and time of the event. */
export interface ChatFact {
  conversationId: string;
  /** Counts the events of the conversation; each is sent once and in rising order. */
  version: number;
  /** Epoch ms. */
  at: number;
}

export interface ChatMessageFact extends ChatFact {
  message: ChatMessage;
}

export interface ChatMemberJoined extends ChatFact {
  member: ChatPerson;
}

/** Why somebody is not in a conversation any more. */
export const ChatLeaveReason = {
  left: 'left',
  /** An admin has removed the member. */
  removed: 'removed',
  /** The trip has another driver. */
  replaced: 'replaced',
} as const;
export type ChatLeaveReason = (typeof ChatLeaveReason)[keyof typeof ChatLeaveReason];

export interface ChatMemberLeft extends ChatFact {
  member: ChatPerson;
  reason: ChatLeaveReason;
}

/** Why a client gets a conversation as it is instead of what it missed. */
export const ChatSnapshotReason = {
  /** More was missed than is kept, or than is told one by one. */
  eventsGone: 'events_gone',
  /** There is no such conversation for this person. */
  conversationGone: 'conversation_gone',
} as const;
export type ChatSnapshotReason = (typeof ChatSnapshotReason)[keyof typeof ChatSnapshotReason];

/** The state of a conversation; events after `version` follow. */
export interface ChatSnapshot {
  conversationId: string;
  version: number;
  reason: ChatSnapshotReason;
  conversation: ChatConversation | null;
  /** The newest ones, the oldest of them first. */
  messages: ChatMessage[];
}

export interface ChatPage {
  conversationId: string;
  /** The oldest first. */
  messages: ChatMessage[];
  /** For the page before: ask with `before: messages[0].version`. */
  hasMore: boolean;
}

export interface ChatClientToServer extends SessionClientToServer {
  'chat:open': (request: ChatOpenDto, ack: (answer: Ack<ChatConversation>) => void) => void;
  'chat:join': (request: ChatJoinDto, ack: (answer: Ack<ChatConversation>) => void) => void;
  'chat:leave': (
    request: ConversationDto,
    ack: (answer: Ack<{ conversationId: string }>) => void,
  ) => void;
  'chat:send': (request: ChatSendDto, ack: (answer: Ack<ChatMessage>) => void) => void;
  'chat:history': (request: ChatHistoryDto, ack: (answer: Ack<ChatPage>) => void) => void;
}

export interface ChatServerToClient extends SessionServerToClient {
  'chat:conversation': (conversation: ChatConversation) => void;
  'chat:message': (fact: ChatMessageFact) => void;
  'chat:member:joined': (fact: ChatMemberJoined) => void;
  'chat:member:left': (fact: ChatMemberLeft) => void;
  'chat:snapshot': (snapshot: ChatSnapshot) => void;
}
