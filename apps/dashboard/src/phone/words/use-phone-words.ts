import { useSyncExternalStore } from 'react';
import { language, type Language } from '../../words/language.js';
import { english, type PhoneWords } from './english.js';
import { spanish } from './spanish.js';

const dictionaries: Record<Language, PhoneWords> = { en: english, es: spanish };

export function usePhoneWords(): PhoneWords {
  return dictionaries[useSyncExternalStore(language.subscribe, language.get)];
}
