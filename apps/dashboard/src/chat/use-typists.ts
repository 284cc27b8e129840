import { useEffect, useState, useSyncExternalStore } from 'react';
import { type ChatLink } from '#libs/client';
import { Typing } from '#libs/client/chat';

/** What a view hears and says of typing, as long as it is shown. */
export function useTyping(chat: ChatLink): Typing | undefined {
  const [typing, setTyping] = useState<Typing>();
  useEffect(() => {
    const opened = new Typing(chat);
    setTyping(opened);
    return () => opened.stop();
  }, [chat]);
  return typing;
}

/** Tells the names of those who type in a conversation. */
export function useTypists(typing: Typing): (conversationId: string) => string[] {
  const typists = useSyncExternalStore(typing.subscribe, typing.get);
  return (conversationId) => [...(typists.get(conversationId)?.values() ?? [])];
}
