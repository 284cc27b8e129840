import { slice } from '../slice.js';

export const chatConfig = slice('chat', (env) => ({
  /** Characters of a message. */
  maxText: env.CHAT_MAX_TEXT,
  retention: { entries: env.CHAT_HISTORY_LENGTH, ageMs: env.CHAT_HISTORY_AGE },
  /** Events that a client gets one by one when it comes back; more are a snapshot. */
  mostReplayed: env.CHAT_REPLAY_LENGTH,
  messageLimit: { messages: env.CHAT_MESSAGES, windowMs: env.CHAT_MESSAGES_WINDOW },
  /** Rooms that a user may begin. */
  roomLimit: { rooms: env.CHAT_ROOMS, windowMs: env.CHAT_ROOMS_WINDOW },
  maxMembers: env.CHAT_MAX_MEMBERS,
  maxConversations: env.CHAT_MAX_CONVERSATIONS,
  hasOpenRooms: env.CHAT_OPEN_ROOMS,
  tripAfterEndMs: env.CHAT_TRIP_AFTER_END,
  editWindowMs: env.CHAT_EDIT_WINDOW,
  masksContacts: env.CHAT_MASK_CONTACTS,
  isExported: env.CHAT_EXPORT,
  exportIntervalMs: env.CHAT_EXPORT_INTERVAL,
  attachmentHosts: env.CHAT_ATTACHMENT_HOSTS ?? [],
  maxAttachmentBytes: env.CHAT_ATTACHMENT_MAX_BYTES,
}));
