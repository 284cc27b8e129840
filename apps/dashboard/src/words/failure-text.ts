import { useCallback } from 'react';
import { errorCatalogue } from '#libs/contracts/browser';
import { refusalsInEnglish, refusalsInSpanish } from './refusals.js';
import { useViewWords, viewWords } from './view-words.js';

/** Of REST, of a socket, or of this page's client. */
export interface Refused {
  code?: string | undefined;
  /** As the server says it: in English, and for those who write programs. */
  message: string;
}

const refusals = viewWords(refusalsInEnglish, refusalsInSpanish);
/** Here the server says which field, or what else is taken: more than words for the code can. */
const NAMES_MORE: readonly string[] = ['VALIDATION_FAILED', 'CONFLICT'];

/** Tells why something was refused, in the viewer's language; of an unknown code what the server says. */
export function useFailureText(): (refused: Refused) => string {
  const words: Readonly<Record<string, string>> = useViewWords(refusals);
  return useCallback(
    ({ code = '', message }) => {
      const text = words[code];
      if (text === undefined) return message || words['NO_ANSWER']!;
      return NAMES_MORE.includes(code) && isSpecific(message) ? `${text} (${message})` : text;
    },
    [words],
  );
}

function isSpecific(message: string): boolean {
  const { VALIDATION_FAILED, CONFLICT } = errorCatalogue;
  return ![VALIDATION_FAILED.message, CONFLICT.message, ''].includes(message);
}
