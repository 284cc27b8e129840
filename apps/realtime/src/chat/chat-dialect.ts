import { chatMessageId, toChatMessage, type ChatEntry, type MessageEntry } from '#libs/chat';
import { type ChatMarksFact } from '#libs/contracts';
import { type FactToSend } from '../socket/sending/send-fact.js';

export type ChatFactToSend = FactToSend<'/chat'>;

/** How a kind of clients is told what happens in a conversation. One object for all of its clients. */
export interface ChatDialect {
  /** What clients are told of an event, in this order; nothing where it is not for them. */
  factsOf: (conversationId: string, entry: ChatEntry) => readonly ChatFactToSend[];
  /** The same for what was said in passing, see `ChannelFeed.tell`. */
  passing?: (conversationId: string, message: object) => readonly ChatFactToSend[];
  /** That somebody types, or does no more. */
  typing: (conversationId: string, person: TypingPerson, isTyping: boolean) => ChatFactToSend;
}

export interface TypingPerson {
  userId: string;
  name: string;
}

/** The facts of clients that know `chat:*`. */
export const chatFacts: ChatDialect = {
  factsOf: (conversationId, entry) => {
    const { version, at, content } = entry;
    const fact = { conversationId, version, at };
    switch (content.kind) {
      case 'message': {
        const message = toChatMessage(conversationId, { ...entry, content } satisfies MessageEntry);
        return [{ event: 'chat:message', payload: { ...fact, message } }];
      }
      case 'joined':
        return [{ event: 'chat:member:joined', payload: { ...fact, member: content.person } }];
      case 'edited': {
        const { target, sentAt } = content;
        const edited = { version: target, at: sentAt, content: content.message };
        const message = toChatMessage(conversationId, edited);
        return [{ event: 'chat:message:edited', payload: { ...fact, message } }];
      }
      case 'deleted': {
        const { target, by } = content;
        const messageId = chatMessageId(conversationId, target);
        const deleted = { ...fact, messageId, messageVersion: target, by };
        return [{ event: 'chat:message:deleted', payload: deleted }];
      }
      case 'emptied':
        return [];
      case 'muted': {
        const { userId, until, by } = content;
        return [{ event: 'chat:muted', payload: { ...fact, userId, until: until || null, by } }];
      }
      case 'closed': {
        const { isClosed, reason = null, by } = content;
        return [{ event: 'chat:closed', payload: { ...fact, isClosed, reason, by } }];
      }
      case 'left':
        return [
          {
            event: 'chat:member:left',
            payload: { ...fact, member: content.person, reason: content.reason },
          },
        ];
    }
  },
  passing: (conversationId, message) =>
    isMarks(message)
      ? [{ event: 'chat:marks', payload: { conversationId, ...message.marks } }]
      : [],
  typing: (conversationId, { userId, name }, isTyping) => ({
    event: 'chat:typing',
    payload: { conversationId, userId, name, isTyping },
  }),
};

function isMarks(message: object): message is { marks: Omit<ChatMarksFact, 'conversationId'> } {
  return 'marks' in message;
}
