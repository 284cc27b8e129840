import { type Ack } from '../ack.js';
import {
  type ChatConversation,
  type ChatMarks,
  type ChatMessage,
  type ChatPerson,
} from '../conversation.js';
import {
  type ChatCloseDto,
  type ChatCreateDto,
  type ChatEditDto,
  type ChatHistoryDto,
  type ChatJoinDto,
  type ChatMarkDto,
  type ChatMemberDto,
  type ChatMessageDto,
  type ChatMuteDto,
  type ChatOpenDto,
  type ChatSendDto,
  type ConversationDto,
} from '../dto/chat.dto.js';
import { type ChatCursorMoveDto } from '../dto/cursor.dto.js';
import { type ChatTypingDto, type OldTypingDto } from '../dto/typing.dto.js';
import {
  type OldMessageDto,
  type OldRoomDto,
  type OldRoomMessageDto,
} from '../dto/old-chat.dto.js';
import { type OldChatServerToClient, type OldRoomMembers } from './old-chat.events.js';
import { type CursorFrame } from './cursor.events.js';
import { type PresenceClientToServer, type PresenceServerToClient } from './presence.events.js';
import { type SessionClientToServer, type SessionServerToClient } from './session.events.js';

/** Requests of /chat. */
export const ChatRequest = {
  list: 'chat:list',
  open: 'chat:open',
  join: 'chat:join',
  leave: 'chat:leave',
  send: 'chat:send',
  history: 'chat:history',
  mark: 'chat:mark',
  edit: 'chat:edit',
  delete: 'chat:delete',
  create: 'chat:create',
  invite: 'chat:invite',
  remove: 'chat:remove',
  mute: 'chat:mute',
  close: 'chat:close',
  typing: 'chat:typing',
  /** Of clients of the older chat. */
  oldTyping: 'typing',
  joinChat: 'joinChat',
  sendMessage: 'sendMessage',
  joinRoom: 'joinRoom',
  leaveRoom: 'leaveRoom',
  sendRoomMessage: 'sendRoomMessage',
  getRoomMembers: 'getRoomMembers',
  cursorMove: 'cursor:move',
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

/** `chat:typing`: somebody types, or does no more. It is not numbered, and nobody is told of itself. */
export interface ChatTyping {
  conversationId: string;
  userId: string;
  name: string;
  isTyping: boolean;
}

/** `userTyping`, for clients of the older chat. */
export interface UserTyping {
  username: string;
  isTyping: boolean;
  /** In rooms only. */
  room?: string;
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

export interface ChatMessageDeleted extends ChatFact {
  messageId: string;
  messageVersion: number;
  /** Id of the author or of an admin. */
  by: string;
}

/** Marks that rose. They are not numbered: the highest of each member counts. */
export interface ChatMarksFact extends ChatMarks {
  conversationId: string;
  userId: string;
}

export interface ChatMuted extends ChatFact {
  userId: string;
  /** Epoch ms; null when the member may write again. */
  until: number | null;
  by: string;
}

export interface ChatClosed extends ChatFact {
  /** False when it takes messages again. */
  isClosed: boolean;
  reason: string | null;
  by: string;
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

/** The ack data of `chat:invite` and `chat:remove`. */
export interface ChatMemberRef {
  conversationId: string;
  userId: string;
}

export interface ChatMuteState extends ChatMemberRef {
  /** Epoch ms; null when the member may write. */
  mutedUntil: number | null;
  /** Id of who did it; null with `mutedUntil`. */
  mutedBy: string | null;
}

export interface ChatCloseState {
  conversationId: string;
  /** Epoch ms; null when it is open. */
  closedAt: number | null;
}

/** The ack data of `chat:list`. */
export interface ChatList {
  /** The one with the newest message first. */
  conversations: ChatConversation[];
  /** Over all of them. */
  unread: number;
  mentions: number;
}

export interface ChatClientToServer extends SessionClientToServer, PresenceClientToServer {
  'chat:list': (request: object, ack: (answer: Ack<ChatList>) => void) => void;
  'chat:open': (request: ChatOpenDto, ack: (answer: Ack<ChatConversation>) => void) => void;
  'chat:join': (request: ChatJoinDto, ack: (answer: Ack<ChatConversation>) => void) => void;
  'chat:leave': (
    request: ConversationDto,
    ack: (answer: Ack<{ conversationId: string }>) => void,
  ) => void;
  'chat:send': (request: ChatSendDto, ack: (answer: Ack<ChatMessage>) => void) => void;
  'chat:history': (request: ChatHistoryDto, ack: (answer: Ack<ChatPage>) => void) => void;
  'chat:mark': (request: ChatMarkDto, ack: (answer: Ack<ChatMarks>) => void) => void;
  'chat:edit': (request: ChatEditDto, ack: (answer: Ack<ChatMessage>) => void) => void;
  'chat:delete': (request: ChatMessageDto, ack: (answer: Ack<ChatMessage>) => void) => void;
  'chat:create': (request: ChatCreateDto, ack: (answer: Ack<ChatConversation>) => void) => void;
  'chat:invite': (request: ChatMemberDto, ack: (answer: Ack<ChatMemberRef>) => void) => void;
  'chat:remove': (request: ChatMemberDto, ack: (answer: Ack<ChatMemberRef>) => void) => void;
  'chat:mute': (request: ChatMuteDto, ack: (answer: Ack<ChatMuteState>) => void) => void;
  'chat:close': (request: ChatCloseDto, ack: (answer: Ack<ChatCloseState>) => void) => void;
  'chat:typing': (request: ChatTypingDto, ack?: (answer: Ack) => void) => void;
  typing: (request: OldTypingDto, ack?: (answer: Ack) => void) => void;
  joinChat: (request: object, ack?: (answer: Ack<{ username: string }>) => void) => void;
  sendMessage: (request: OldMessageDto, ack?: (answer: Ack<{ id: string }>) => void) => void;
  joinRoom: (
    request: OldRoomDto | string,
    ack?: (answer: Ack<{ room: string; members: number }>) => void,
  ) => void;
  leaveRoom: (request: OldRoomDto | string, ack?: (answer: Ack<{ room: string }>) => void) => void;
  sendRoomMessage: (
    request: OldRoomMessageDto,
    ack?: (answer: Ack<{ id: string }>) => void,
  ) => void;
  getRoomMembers: (
    request: OldRoomDto | string,
    ack?: (answer: Ack<OldRoomMembers>) => void,
  ) => void;
  'cursor:move': (point: ChatCursorMoveDto, ack?: (answer: Ack) => void) => void;
}

export interface ChatServerToClient
  extends SessionServerToClient, OldChatServerToClient, PresenceServerToClient {
  'chat:conversation': (conversation: ChatConversation) => void;
  'chat:message': (fact: ChatMessageFact) => void;
  'chat:message:edited': (fact: ChatMessageFact) => void;
  'chat:message:deleted': (fact: ChatMessageDeleted) => void;
  'chat:marks': (fact: ChatMarksFact) => void;
  'chat:muted': (fact: ChatMuted) => void;
  'chat:closed': (fact: ChatClosed) => void;
  'chat:member:joined': (fact: ChatMemberJoined) => void;
  'chat:member:left': (fact: ChatMemberLeft) => void;
  'chat:snapshot': (snapshot: ChatSnapshot) => void;
  'chat:typing': (fact: ChatTyping) => void;
  userTyping: (fact: UserTyping) => void;
  'cursor:frame': (frame: CursorFrame) => void;
}
