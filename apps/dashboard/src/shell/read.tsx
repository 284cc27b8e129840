import { type ReactNode } from 'react';
import { type RestFailure } from '../session/rest.js';
import { type Asked } from '../session/use-answer.js';
import { useFailureText } from '../words/failure-text.js';
import { useWords } from '../words/words.js';

interface NotReadProps {
  /** What is missing, a sentence without its end. */
  what: string;
  failure: RestFailure;
  again: () => void;
}

/** Says what could not be read, and asks for it again. */
export function NotRead({ what, failure, again }: NotReadProps) {
  const { error } = useWords();
  const failureText = useFailureText();
  return (
    <p className="notice" role="alert">
      {what}. {failureText(failure)}{' '}
      <button type="button" onClick={again}>
        {error.retry}
      </button>
    </p>
  );
}

interface ReadProps<T> {
  asked: Asked<T>;
  /** What is missing when it fails, a sentence without its end. */
  what: string;
  children: (data: T) => ReactNode;
}

/** What an answer holds; that it is on its way, or what came in between. An older answer stays. */
export function Read<T>({ asked: { answer, failure, again }, what, children }: ReadProps<T>) {
  const words = useWords();
  return (
    <>
      {failure && <NotRead what={what} failure={failure} again={again} />}
      {!answer && !failure && <p className="muted">{words.loading}</p>}
      {answer && children(answer.data)}
    </>
  );
}
