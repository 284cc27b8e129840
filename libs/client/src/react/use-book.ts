import { useCallback, useSyncExternalStore } from 'react';
import { type Page } from '../book.js';
import { useConnection } from './context.js';

/** A page of a book, and how far it can be trusted. */
export type Followed<S> = S & {
  /** It may be outdated: there is no connection, or it is catching up. */
  stale: boolean;
  /** Whether the last return brought all that happened meanwhile; null before the first one. */
  recovered: boolean | null;
};

interface Watched<S> {
  watch(id: string, listener: () => void): () => void;
  look(id: string): S;
  has(id: string): boolean;
}

const nothing = (): void => undefined;

export function useBook<S extends Page>(book: Watched<S>, id: string | null): Followed<S> | null {
  const { status } = useConnection();
  const subscribe = useCallback(
    (listener: () => void) => (id === null ? nothing : book.watch(id, listener)),
    [book, id],
  );
  // A page that nobody has written in is another object each time that it is looked at.
  const look = (): S | null => (id !== null && book.has(id) ? book.look(id) : null);
  const page = useSyncExternalStore(subscribe, look, look);
  if (id === null) return null;
  const { missed } = page ?? book.look(id);
  return {
    ...(page ?? book.look(id)),
    stale: status !== 'ready',
    recovered: missed === null ? null : missed === 'nothing',
  };
}
