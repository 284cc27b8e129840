import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { Typing as TypingOfAll } from '../chat.js';
import { useRidewire } from './context.js';

export interface Typing {
  /** Names of the others who type now, by their user ids. */
  typists: Readonly<Record<string, string>>;
  /** Call it with each keystroke. */
  type: () => void;
}

/** Who types in a conversation that this client follows. */
export function useTyping(conversationId: string): Typing {
  const chat = useRidewire().chat();
  const [typing, setTyping] = useState<TypingOfAll>();
  useEffect(() => {
    const opened = new TypingOfAll(chat);
    setTyping(opened);
    return () => opened.stop();
  }, [chat]);
  const subscribe = useCallback(
    (listener: () => void) => typing?.subscribe(listener) ?? (() => undefined),
    [typing],
  );
  const look = () => typing?.get().get(conversationId);
  const typists = useSyncExternalStore(subscribe, look, look);
  return {
    typists: Object.fromEntries(typists ?? []),
    type: () => typing?.note(conversationId),
  };
}
