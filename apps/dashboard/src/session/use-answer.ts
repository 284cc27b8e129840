import { useCallback, useEffect, useRef, useState } from 'react';
import { ask as request, RestFailure, type Answer } from './rest.js';

export interface Asked<T> {
  answer: Answer<T> | undefined;
  failure: RestFailure | undefined;
  isLoading: boolean;
  /** Asks again, after the answer that is on its way; what is shown stays until then. */
  again: () => void;
}

/** Reads from the REST side, and again whenever the path or the query changes; the newest of those counts. */
export function useAnswer<T>(path: string, query: Record<string, string> = {}): Asked<T> {
  const [answer, setAnswer] = useState<Answer<T>>();
  const [failure, setFailure] = useState<RestFailure>();
  const [isLoading, setLoading] = useState(true);
  const question = useRef<Question>(undefined);
  const key = JSON.stringify([path, query]);

  const ask = useCallback(
    (asked: Question): void => {
      const [to, by] = JSON.parse(key) as [string, Record<string, string>];
      const { signal } = asked.controller;
      setLoading(true);
      const finish = (received: Answer<T> | undefined, refused: RestFailure | undefined): void => {
        if (received) setAnswer(received);
        setFailure(refused);
        setLoading(false);
        asked.isAnswered = true;
        // Asked for meanwhile: a slow server answers each of them, and none is given up for the next.
        if (asked.isWantedAgain) question.current = begun(ask);
      };
      request<T>('GET', to, { query: by, signal }).then(
        (received) => !signal.aborted && finish(received, undefined),
        (error: unknown) => {
          if (signal.aborted) return;
          if (!(error instanceof RestFailure)) throw error;
          finish(undefined, error);
        },
      );
    },
    [key],
  );

  const again = useCallback((): void => {
    if (question.current && !question.current.isAnswered) question.current.isWantedAgain = true;
    else question.current = begun(ask);
  }, [ask]);

  useEffect(() => {
    question.current = begun(ask);
    return () => question.current?.controller.abort();
  }, [ask]);
  return { answer, failure, isLoading, again };
}

/** One question that was asked of the server. */
interface Question {
  controller: AbortController;
  isAnswered: boolean;
  isWantedAgain: boolean;
}

function begun(ask: (question: Question) => void): Question {
  const question = { controller: new AbortController(), isAnswered: false, isWantedAgain: false };
  ask(question);
  return question;
}
