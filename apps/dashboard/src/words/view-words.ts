import { useSyncExternalStore } from 'react';
import { type Texts } from './english.js';
import { language, type Language } from './words.js';

/** The words of a view that is loaded by itself, in every language. */
export type ViewWords<T> = Record<Language, T>;

/** Spanish has the keys of English: a missing word does not compile. */
export function viewWords<T>(english: T, spanish: Texts<T>): ViewWords<Texts<T>> {
  return { en: english as Texts<T>, es: spanish };
}

export function useViewWords<T>(words: ViewWords<T>): T {
  return words[useSyncExternalStore(language.subscribe, language.get)];
}
