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
}

/** What happens in a conversation. */
export type ChatContent =
  | MessageContent
  | { kind: 'joined'; person: ChatPerson; by?: string }
  | { kind: 'left'; person: ChatPerson; reason: ChatLeaveReason; by?: string };

/** An event of a conversation, as its channel numbers it. */
export type ChatEntry = ChannelEntry<ChatContent>;

export type MessageEntry = ChannelEntry<MessageContent>;

export function toChatMessage(
  conversationId: string,
  { version, at, content }: MessageEntry,
): ChatMessage {
  return {
    id: `${conversationId}#${version}`,
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
