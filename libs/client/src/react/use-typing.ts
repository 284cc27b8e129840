import { useCallback, useEffect, useRef, useState } from 'react';
import { useRidewire } from '#libs/client/react';

/** The server is told of one keystroke in this time; it takes somebody for typing twice as long. */
const KEYSTROKES_MS = 1_000;

interface Typing {
  /** Names of the others who type now. */
  typists: readonly string[];
  /** Call it with each keystroke. */
  type: () => void;
}

/** Who types in a conversation; the server says when somebody has stopped. */
export function useTyping(conversationId: string): Typing {
  const chat = useRidewire().chat();
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const toldAt = useRef(0);
  useEffect(() => {
    const ends = [
      chat.on('chat:typing', ({ conversationId: where, userId, name, isTyping }) => {
        if (where !== conversationId) return;
        setNames((before) => {
          const after = new Map(before);
          if (isTyping) after.set(userId, name);
          else after.delete(userId);
          return after;
        });
      }),
      chat.on('hello', () => setNames(new Map())),
    ];
    return () => ends.forEach((end) => end());
  }, [chat, conversationId]);
  const type = useCallback(() => {
    const now = Date.now();
    if (now - toldAt.current < KEYSTROKES_MS) return;
    toldAt.current = now;
    chat.send('chat:typing', { conversationId, isTyping: true });
  }, [chat, conversationId]);
  return { typists: [...names.values()], type };
}
