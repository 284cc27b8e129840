import { useSyncExternalStore } from 'react';
import { remembered } from '../shell/remembered.js';
import { english, type Words } from './english.js';
import { spanish } from './spanish.js';

export const Language = { english: 'en', spanish: 'es' } as const;
export type Language = (typeof Language)[keyof typeof Language];

const dictionaries: Record<Language, Words> = { en: english, es: spanish };

/** The chosen one, else that of the browser. */
export const language = remembered<Language>('language', Object.values(Language), () =>
  navigator.language.startsWith('es') ? Language.spanish : Language.english,
);

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

/** Money of minor units, as the language writes it. */
export function money(minorUnits: number, currency: string): string {
  const format = new Intl.NumberFormat(language.get(), { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minorUnits / 10 ** digits);
}

/** A moment in the zone of the viewer. */
export function timeOf(iso: string): string {
  return new Intl.DateTimeFormat(language.get(), {
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(new Date(iso));
}

/** The time of the day in the zone of the viewer. @param at epoch ms */
export function clockTime(at: number): string {
  return new Intl.DateTimeFormat(language.get(), { timeStyle: 'short' }).format(at);
}

/** Metres below a kilometre, else kilometres. */
export function distanceText(meters: number): string {
  const [value, unit] =
    meters < 1_000 ? [Math.round(meters / 10) * 10, 'meter'] : [meters / 1_000, 'kilometer'];
  const maximumFractionDigits = value < 10 ? 1 : 0;
  const style = { style: 'unit', unit, maximumFractionDigits } as const;
  return new Intl.NumberFormat(language.get(), style).format(value);
}
