import { remembered } from '../shell/remembered.js';

export const Language = { english: 'en', spanish: 'es' } as const;
export type Language = (typeof Language)[keyof typeof Language];

/** The chosen one, else that of the browser. */
export const language = remembered<Language>('language', Object.values(Language), () =>
  navigator.language.startsWith('es') ? Language.spanish : Language.english,
);

/** How numbers and times are written: as the browser does where it speaks the chosen language. */
export function locale(): string {
  const chosen = language.get();
  return navigator.language.startsWith(chosen) ? navigator.language : chosen;
}

/** Money of minor units, as the language writes it. */
export function money(minorUnits: number, currency: string): string {
  const format = new Intl.NumberFormat(locale(), { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minorUnits / 10 ** digits);
}

/** Money of minor units for programs, e.g. `12.50`. */
export function plainAmount(minorUnits: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return (minorUnits / 10 ** digits).toFixed(digits);
}

/** A moment in the zone of the viewer. */
export function timeOf(iso: string): string {
  return new Intl.DateTimeFormat(locale(), {
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(new Date(iso));
}

/** The time of the day in the zone of the viewer. @param at epoch ms */
export function clockTime(at: number): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'short' }).format(at);
}

/** Metres below a kilometre, else kilometres. */
export function distanceText(meters: number): string {
  const [value, unit] =
    meters < 1_000 ? [Math.round(meters / 10) * 10, 'meter'] : [meters / 1_000, 'kilometer'];
  const maximumFractionDigits = value < 10 ? 1 : 0;
  const style = { style: 'unit', unit, maximumFractionDigits } as const;
  return new Intl.NumberFormat(locale(), style).format(value);
}

/** One at least. */
export function minutes(count: number): string {
  const style = { style: 'unit', unit: 'minute' } as const;
  return new Intl.NumberFormat(locale(), style).format(Math.max(1, Math.round(count)));
}
