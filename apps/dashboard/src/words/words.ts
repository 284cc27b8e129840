import { useSyncExternalStore } from 'react';
import { english, type Words } from './english.js';
import { language, locale, type Language } from './language.js';
import { spanish } from './spanish.js';

export * from './language.js';

const dictionaries: Record<Language, Words> = { en: english, es: spanish };

export function useWords(): Words {
  return dictionaries[useSyncExternalStore(language.subscribe, language.get)];
}

/** How long ago, in words. */
export function ageInWords(ageMs: number, words: Words): string {
  if (ageMs < 5_000) return words.age.now;
  return words.age.ago.replace('{span}', durationInWords(ageMs, words));
}

/** A span of time in its largest unit that says enough. */
export function durationInWords(ms: number, { age }: Words): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} ${age.seconds}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} ${age.minutes}`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} ${age.hours}` : `${Math.round(hours / 24)} ${age.days}`;
}

/** A number as the language writes it. @param digits behind the point at most */
export function numberOf(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}
