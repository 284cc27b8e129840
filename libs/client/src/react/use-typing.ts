import { useEffect, useRef, useState } from 'react';
import { useRidewire } from './context.js';

export interface Typing {
  /** Names of the others who type now, by their user ids. */
  typists: Readonly<Record<string, string>>;
  /** Call it with each keystroke. */
  type: () => void;
}

/** The server is told of one keystroke in this time; it takes somebody for typing twice as long. */
const KEYSTROKES_MS = 1_000;

/** Who types in a conversation that this client follows; the server says when somebody has stopped. */
export function useTyping(conversationId: string): Typing {
  const chat = useRidewire().chat();
  const [typists, setTypists] = useState<Record<string, string>>({});
  const toldAt = useRef(0);
  useEffect(() => {
    const clear = (): void => setTypists({});
    clear();
    const end = chat.on('chat:typing', ({ conversationId: where, userId, name, isTyping }) => {
      if (where === conversationId)
        setTypists(({ [userId]: _, ...others }) =>
          isTyping ? { ...others, [userId]: name } : others,
        );
    });
    // What ended meanwhile is told to nobody.
    const endGreeting = chat.on('hello', clear);
    return () => {
      end();
      endGreeting();
    };
  }, [chat, conversationId]);
  const type = (): void => {
    const now = Date.now();
    if (now - toldAt.current < KEYSTROKES_MS) return;
    toldAt.current = now;
    chat.send('chat:typing', { conversationId, isTyping: true });
  };
  return { typists, type };
}
