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
  const { message, member, userId, delivered, read, messageVersion, at, until } = said;
  const { unread = 0, mentions = 0, marks, lastMessage } = conversation ?? {};
  const ownRead = marks?.[ownId!]?.read ?? 0;
  const shown = (change: Partial<ChatConversation>): Partial<ConversationState> => ({
    // Marks have no number.
    conversation: conversation && {
      ...conversation,
      version: said.version ?? conversation.version,
      ...change,
    },
  });
  const changed = (
    version: number,
    change: Partial<ChatMessage>,
    more: Partial<ChatConversation> = {},
  ): Partial<ConversationState> => ({
    messages: messages.map((each) => (each.version === version ? { ...each, ...change } : each)),
    ...shown({
      ...more,
      ...(lastMessage?.version === version && { lastMessage: { ...lastMessage, ...change } }),
    }),
  });
  /** Those at hand that count as unread behind a version, and those of them that name this user. */
  const unreadOf = (all: readonly ChatMessage[], behind: number): [number, number] => {
    const found = all.filter(
      ({ version, from, deletedAt }) =>
        version > behind && from.userId !== ownId && deletedAt === null,
    );
    return [found.length, found.filter((each) => each.mentions.includes(ownId!)).length];
  };
  switch (event) {
    case 'chat:message': {
      const all = [...messages, message].slice(-SHOWN_MESSAGES);
      const [added, naming] = unreadOf([message], 0);
      return {
        ...shown({ lastMessage: message, unread: unread + added, mentions: mentions + naming }),
        messages: all,
        hasMore: hasMore || all.length <= messages.length,
      };
    }
    case 'chat:message:edited':
      return changed(message.version, message);
    case 'chat:message:deleted': {
      const deleted = messages.filter(({ version }) => version === messageVersion);
      const [wasUnread, wasNamed] = unreadOf(deleted, ownRead);
      return changed(
        messageVersion,
        { text: '', attachment: null, mentions: [], deletedAt: at },
        { unread: unread - wasUnread, mentions: mentions - wasNamed },
      );
    }
    case 'chat:marks': {
      const change = { marks: { ...marks, [userId]: { delivered, read } } };
      // How many are unread before those at hand is what the server has said.
      const isKnown =
        !hasMore ||
        read >= (lastMessage?.version ?? 0) ||
        read + 1 >= (messages[0]?.version ?? Infinity);
      if (userId !== ownId || read <= ownRead || !isKnown) return shown(change);
      const [left, named] = unreadOf(messages, read);
      return shown({ ...change, unread: left, mentions: named });
    }
    case 'chat:muted': {
      const mutes = { ...conversation?.mutes };
      const mutedBy = { ...conversation?.mutedBy };
      delete mutes[userId];
      delete mutedBy[userId];
      if (until !== null) {
        mutes[userId] = until;
        mutedBy[userId] = said.by;
      }
      return shown({ mutes, mutedBy, ...(userId === ownId && { mutedUntil: until }) });
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
