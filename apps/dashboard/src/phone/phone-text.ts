import { locale } from '../words/language.js';

export function dayAndTime(iso: string): string {
  return new Intl.DateTimeFormat(locale(), {
    dateStyle: 'medium',
    timeStyle: 'short',
  }).format(new Date(iso));
}

export function minutes(count: number): string {
  return new Intl.NumberFormat(locale(), { style: 'unit', unit: 'minute' }).format(
    Math.max(1, Math.round(count)),
  );
}
