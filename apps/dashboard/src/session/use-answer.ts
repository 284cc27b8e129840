import { useCallback, useEffect, useRef, useState } from 'react';
import { ask, RestFailure, type Answer } from './rest.js';

export interface Asked<T> {
  answer: Answer<T> | undefined;
  failure: RestFailure | undefined;
  isLoading: boolean;
  /** Asks again; what is shown stays until the answer comes. */
  again: () => void;
}

/** Reads from the REST side, and again whenever the path or the query changes; the newest question counts. */
export function useAnswer<T>(path: string, query: Record<string, string> = {}): Asked<T> {
  const [answer, setAnswer] = useState<Answer<T>>();
  const [failure, setFailure] = useState<RestFailure>();
  const [isLoading, setLoading] = useState(true);
  const newest = useRef<AbortController>(undefined);
  const key = JSON.stringify([path, query]);

  const again = useCallback((): void => {
    newest.current?.abort();
    const controller = (newest.current = new AbortController());
    const [to, by] = JSON.parse(key) as [string, Record<string, string>];
    setLoading(true);
    ask<T>('GET', to, { query: by, signal: controller.signal }).then(
      (received) => {
        if (controller.signal.aborted) return;
        setAnswer(received);
        setFailure(undefined);
        setLoading(false);
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        if (!(error instanceof RestFailure)) throw error;
        setFailure(error);
        setLoading(false);
      },
    );
  }, [key]);

  useEffect(() => {
    again();
    return () => newest.current?.abort();
  }, [again]);
  return { answer, failure, isLoading, again };
}
