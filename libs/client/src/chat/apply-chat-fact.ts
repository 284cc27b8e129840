import {
  type ChatClosed,
  type ChatConversation,
  type ChatFact,
  type ChatMarksFact,
  type ChatMemberLeft,
  type ChatMessage,
  type ChatMessageDeleted,
  type ChatMessageFact,
  type ChatMuted,
} from '#libs/contracts/browser';
import { type ConversationState } from './conversation-state.js';

/** All that facts of conversations say; each has its own part of it. */
type Said = ChatFact &
  ChatMessageFact &
  ChatMemberLeft &
  ChatMessageDeleted &
  ChatMarksFact &
  ChatMuted &
  ChatClosed;

/** Messages that are kept at hand; older ones can be asked for again. */
const SHOWN_MESSAGES = 1_000;
/** Of larger conversations the members are not listed. */
const LISTED_MEMBERS = 50;

/** What an event changes in what is shown. @param ownId the user of this device */
export function applyChatFact(
  { conversation, messages, hasMore }: ConversationState,
  event: string,
  fact: ChatFact,
  ownId: string | undefined,
): Partial<ConversationState> {
  const said = fact as Said;
  const { message, member, userId, delivered, read, messageVersion, at } = said;
  const shown = (change: Partial<ChatConversation>): Partial<ConversationState> => ({
    conversation: conversation && { ...conversation, ...change },
  });
  const changed = (version: number, change: Partial<ChatMessage>): Partial<ConversationState> => {
    const last = conversation?.lastMessage;
    return {
      messages: messages.map((each) => (each.version === version ? { ...each, ...change } : each)),
      ...(last?.version === version ? shown({ lastMessage: { ...last, ...change } }) : {}),
    };
  };
  switch (event) {
    case 'chat:message': {
      const all = [...messages, message].slice(-SHOWN_MESSAGES);
      const isOthers = message.from.userId !== ownId;
      const isNamed = isOthers && message.mentions.some((each) => each === ownId);
      const { unread = 0, mentions = 0 } = conversation ?? {};
      return {
        ...shown({
          lastMessage: message,
          unread: unread + Number(isOthers),
          mentions: mentions + Number(isNamed),
        }),
        messages: all,
        hasMore: hasMore || all.length <= messages.length,
      };
    }
    case 'chat:message:edited':
      return changed(message.version, message);
    case 'chat:message:deleted': {
      const tombstone = { text: '', attachment: null, mentions: [], deletedAt: at };
      const { messages: left = [], ...more } = changed(messageVersion, tombstone);
      const deleted = messages.find(({ version }) => version === messageVersion);
      const ownRead = conversation?.marks[ownId ?? '']?.read ?? 0;
      const wasUnread =
        deleted?.deletedAt === null && deleted.from.userId !== ownId && messageVersion > ownRead;
      if (!wasUnread || !conversation) return { messages: left, ...more };
      const wasNamed = deleted.mentions.some((each) => each === ownId);
      return {
        messages: left,
        conversation: {
          ...(more.conversation ?? conversation),
          unread: Math.max(0, conversation.unread - 1),
          mentions: Math.max(0, conversation.mentions - Number(wasNamed)),
        },
      };
    }
    case 'chat:marks': {
      const marks = { ...conversation?.marks, [userId]: { delivered, read } };
      if (userId !== ownId) return shown({ marks });
      const unread = messages.filter(
        ({ version, from, deletedAt }) =>
          version > read && from.userId !== ownId && deletedAt === null,
      );
      const mentions = unread.filter((each) => each.mentions.includes(userId)).length;
      return shown({ marks, unread: unread.length, mentions });
    }
    case 'chat:muted': {
      const { [userId]: _before, ...others } = conversation?.mutes ?? {};
      const mutes = said.until === null ? others : { ...others, [userId]: said.until };
      const { [userId]: _earlier, ...byOthers } = conversation?.mutedBy ?? {};
      const mutedBy = said.until === null ? byOthers : { ...byOthers, [userId]: said.by };
      return shown({ mutes, mutedBy, ...(userId === ownId ? { mutedUntil: said.until } : {}) });
    }
    case 'chat:closed':
      return shown({ closedAt: said.isClosed ? at : null });
    default: {
      // Somebody came or left; of other events nothing is shown.
      if (!member || !conversation) return {};
      const isLeaving = 'reason' in said;
      if (isLeaving && member.userId === ownId)
        return { conversation: null, version: 0, missed: 'gone' };
      const memberCount = conversation.memberCount + (isLeaving ? -1 : 1);
      const others = conversation.members.filter((each) => each.userId !== member.userId);
      const members = isLeaving ? others : [...others, member];
      const isListed = memberCount <= LISTED_MEMBERS && members.length === memberCount;
      return shown({ memberCount, members: isListed ? members : [] });
    }
  }
}
