import { type ChannelEntry } from '#libs/channels';
import {
  type ChatAttachment,
  type ChatLeaveReason,
  type ChatMessage,
  type ChatPerson,
} from '#libs/contracts';

/** A message as its conversation keeps it; what is absent was not said. */
export interface MessageContent {
  kind: 'message';
  from: ChatPerson;
  clientMessageId: string;
  text: string;
  attachment?: ChatAttachment;
  replyTo?: number;
  mentions?: string[];
  /** Epoch ms. */
  editedAt?: number;
  deletedAt?: number;
  /** Version of the entry that said the text as it is now; that of an earlier edit is emptied. */
  edit?: number;
}

/** What happens in a conversation. */
export type ChatContent =
  | MessageContent
  | { kind: 'edited'; target: number; sentAt: number; by: string; message: MessageContent }
  | { kind: 'deleted'; target: number; by: string }
  /** An edit whose text was edited again or deleted: nobody is told it any more. */
  | { kind: 'emptied'; target: number }
  | { kind: 'muted'; userId: string; until: number; by: string }
  | { kind: 'closed'; isClosed: boolean; reason?: string; by: string }
  | { kind: 'joined'; person: ChatPerson; by?: string }
  | { kind: 'left'; person: ChatPerson; reason: ChatLeaveReason; by?: string };

/** An event of a conversation, as its channel numbers it. */
export type ChatEntry = ChannelEntry<ChatContent>;

export type MessageEntry = ChannelEntry<MessageContent>;

export function chatMessageId(conversationId: string, version: number): string {
  return `${conversationId}#${version}`;
}

export function toChatMessage(
  conversationId: string,
  { version, at, content }: MessageEntry,
): ChatMessage {
  return {
    id: chatMessageId(conversationId, version),
    conversationId,
    version,
    clientMessageId: content.clientMessageId,
    from: content.from,
    text: content.text,
    attachment: content.attachment ?? null,
    replyTo: content.replyTo ?? null,
    mentions: content.mentions ?? [],
    sentAt: at,
    editedAt: content.editedAt ?? null,
    deletedAt: content.deletedAt ?? null,
  };
}
