import { useCallback, useSyncExternalStore } from 'react';
import { language } from './language.js';
import { refusalText, type Refused } from './refusal-text.js';

/** Tells why something was refused, in the viewer's language. */
export function useFailureText(): (refused: Refused) => string {
  const shown = useSyncExternalStore(language.subscribe, language.get);
  return useCallback((refused) => refusalText(refused, shown), [shown]);
}
