import { useSyncExternalStore } from 'react';
import { english, type Words } from './english.js';
import { language, type Language } from './language.js';
import { spanish } from './spanish.js';

export * from './language.js';

const dictionaries: Record<Language, Words> = { en: english, es: spanish };

export function useWords(): Words {
  return dictionaries[useSyncExternalStore(language.subscribe, language.get)];
}

/** How long ago, in words. */
export function ageInWords(ageMs: number, { age }: Words): string {
  const seconds = Math.max(0, Math.round(ageMs / 1_000));
  if (seconds < 5) return age.now;
  if (seconds < 120) return `${seconds} ${age.seconds}`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} ${age.minutes}` : `${Math.round(minutes / 60)} ${age.hours}`;
}
