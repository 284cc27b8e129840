/** What people write, as it is measured, cleaned and searched. */

/** Bounds what a limit in characters does not: a character may be made of any number of signs. */
export const MAX_BYTES_PER_CHARACTER = 32;

const encoder = new TextEncoder();
const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
/** Every control sign but tab and line feed. */
const CONTROLS = /(?![\t\n])\p{Cc}/gu;
/** They turn the direction of what stands behind them, also of words of others. */
const DIRECTION_OVERRIDES = /[\u202a-\u202e\u2066-\u2069]/g;
const NO_CHARACTERS = /[\p{Surrogate}\p{Noncharacter_Code_Point}\ufeff]/gu;
const VISIBLE = /[^\p{Separator}\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/u;
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;
/** Marks that search looks through; those of Indic scripts are vowels and stay. */
const ACCENTS = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f]/g;
const UNDECOMPOSED: Readonly<Record<string, string>> = { ø: 'o', đ: 'd', ł: 'l', æ: 'ae', œ: 'oe' };

/** How many characters people see: an emoji is one, however it is made. Stops counting at `limit`. */
export function countCharacters(text: string, limit = Number.POSITIVE_INFINITY): number {
  if (PRINTABLE_ASCII.test(text)) return Math.min(text.length, limit);
  let count = 0;
  for (const _ of segmenter.segment(text)) if ((count += 1) >= limit) break;
  return count;
}

/** In UTF-8. */
export function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** Whether a text has no more characters than are allowed, and no unreasonable bytes. */
export function isWithinCharacters(text: string, most: number): boolean {
  if (text.length > most * MAX_BYTES_PER_CHARACTER) return false;
  if (bytesOf(text) > most * MAX_BYTES_PER_CHARACTER) return false;
  return text.length <= most || countCharacters(text, most + 1) <= most;
}

/**
 * One spelling (NFC) without what nobody can see or what changes the text around it. A text of
 * which nothing can be seen is empty.
 */
export function cleanText(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text.trim();
  const clean = text
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll(CONTROLS, '')
    .replaceAll(DIRECTION_OVERRIDES, '')
    .replaceAll(NO_CHARACTERS, '')
    .normalize('NFC')
    .trim();
  return VISIBLE.test(clean) ? clean : '';
}

/** Without signs that nobody can see, in compatibility form: as addresses and numbers are compared. */
export function visibleText(text: string): string {
  return text.replaceAll(INVISIBLE, '').normalize('NFKC').trim();
}

/** Upper and lower case alike, also the Turkish İ and ı, the German ß and ẞ and the Greek ς. */
export function foldCase(text: string): string {
  return text
    .replaceAll('ẞ', 'ß')
    .toUpperCase()
    .toLowerCase()
    .replaceAll('i\u0307', 'i')
    .replaceAll('ς', 'σ');
}

/** What search compares: without case, accents, compatibility forms and signs that nobody can see. */
export function foldForSearch(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text.toLowerCase();
  const plain = text.replaceAll(INVISIBLE, '').normalize('NFKD').replaceAll(ACCENTS, '');
  return foldCase(plain).replaceAll(/[øđłæœ]/g, (letter) => UNDECOMPOSED[letter] ?? letter);
}
