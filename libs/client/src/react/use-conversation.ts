import { useEffect, useMemo } from 'react';
import { type ConversationState, type MessageExtras } from '../index.js';
import { useRidewire } from './context.js';
import { useBook, type Followed } from './use-book.js';

export interface Conversation extends Followed<ConversationState> {
  /** Says something, now or when there is a connection again. */
  say: (text: string, extras?: MessageExtras) => void;
  /** Brings the messages before the oldest one. */
  older: () => void;
  /** Everything that is shown has been read. */
  read: () => void;
}

/**
 * A conversation, joined and followed while the component is there. Where others see how far each member
 * has got, they are told that its messages have come.
 * @param conversationId e.g. `lobby`, `room:drivers` or `trip:<id>`; null for none yet
 */
export function useConversation(conversationId: string | null): Conversation | null {
  const chat = useRidewire().chat();
  const { conversations } = chat;
  const state = useBook(conversations, conversationId);
  const acts = useMemo(() => {
    const id = conversationId ?? '';
    return {
      say: (text: string, extras?: MessageExtras) => void conversations.say(id, text, extras),
      older: () => void conversations.older(id),
      read: () => void conversations.read(id),
    };
  }, [conversations, conversationId]);
  // Of large conversations nobody but the person itself sees marks.
  const delivered = state?.conversation?.members[0] && state.messages.at(-1)?.version;
  useEffect(() => {
    if (conversationId && delivered) void chat.request('chat:mark', { conversationId, delivered });
  }, [chat, conversationId, delivered]);
  return state && { ...state, ...acts };
}
