import { useCallback, useEffect, useState } from 'react';
import { io, type Socket } from 'socket.io-client';

export interface UseSocketOptions {
  /** e.g. `/chat` */
  namespace?: string;
  token?: string;
  /** Of the server. Default NEXT_PUBLIC_WS_URL, else http://localhost:3000. */
  url?: string;
}

/** What older components call theirs: any event, any payload. */
type Handler = (...args: never[]) => void;

export interface UsedSocket {
  socket: Socket | null;
  isConnected: boolean;
  emit: (event: string, data?: unknown) => void;
  /** @returns what ends it; undefined while there is no socket */
  on: (event: string, handler: Handler) => (() => void) | undefined;
}

/**
 * A bare socket that lives as long as the component, for components of the older chat. It knows
 * nothing of tokens that end, resumes nothing and queues nothing: see `useConversation`.
 */
export function useSocket({ namespace = '', token, url }: UseSocketOptions = {}): UsedSocket {
  const [socket, setSocket] = useState<Socket | null>(null);
  const [isConnected, setIsConnected] = useState(false);

  useEffect(() => {
    const opened = io((url ?? defaultServer()) + namespace, {
      auth: { token },
      transports: ['websocket', 'polling'],
    });
    opened.on('connect', () => setIsConnected(true));
    opened.on('disconnect', () => setIsConnected(false));
    setSocket(opened);
    return () => {
      opened.disconnect();
      setIsConnected(false);
    };
  }, [url, namespace, token]);

  const emit = useCallback(
    (event: string, data?: unknown) => void socket?.emit(event, data),
    [socket],
  );
  const on = useCallback(
    (event: string, handler: Handler) => {
      if (!socket) return undefined;
      const listener = handler as (...args: unknown[]) => void;
      socket.on(event, listener);
      return () => void socket.off(event, listener);
    },
    [socket],
  );
  return { socket, isConnected, emit, on };
}

/** Bundlers put a value in the place of this name; in a page there is no `process`. */
function defaultServer(): string {
  const set = typeof process === 'undefined' ? undefined : process.env.NEXT_PUBLIC_WS_URL;
  return set || 'http://localhost:3000';
}
