import { useMemo } from 'react';
import { type ConversationState, type MessageExtras } from '../index.js';
import { useRidewire } from './context.js';
import { useBook, type Followed } from './use-book.js';

export interface Conversation extends Followed<ConversationState> {
  /** Says something, now or when there is a connection again. */
  say: (text: string, extras?: MessageExtras) => void;
  /** Brings the messages before the oldest one. @returns whether they could be asked for */
  older: () => Promise<boolean>;
  /** Everything that is shown has been read. */
  read: () => void;
}

/**
 * A conversation, joined and followed while the component is there.
 * @param conversationId e.g. `lobby`, `room:drivers` or `trip:<id>`; null for none yet
 */
export function useConversation(conversationId: string | null): Conversation | null {
  const { conversations } = useRidewire().chat();
  const state = useBook(conversations, conversationId);
  const acts = useMemo(() => {
    const id = conversationId ?? '';
    return {
      say: (text: string, extras?: MessageExtras) => void conversations.say(id, text, extras),
      older: () => conversations.older(id),
      read: () => void conversations.read(id),
    };
  }, [conversations, conversationId]);
  return state && { ...state, ...acts };
}
