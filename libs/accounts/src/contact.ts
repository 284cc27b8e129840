import { domainToASCII } from 'node:url';
import { isEmail } from 'class-validator';
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';
import { foldCase } from '#libs/contracts';

/** What one may be reached at, in one spelling. */
export interface Contact {
  /** As it is shown, and as mail or calls reach it. */
  readonly shown: string;
  /** The same for all spellings; names the account in Redis. */
  readonly key: string;
}

/** Of E.164. */
const MAX_PHONE_DIGITS = 15;
const MIN_PHONE_DIGITS = 6;
const MAX_PHONE_TEXT = 64;
const MAX_EMAIL_LENGTH = 254;
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

/** `Ada@MÜNCHEN.de` and `ada@xn--mnchen-3ya.de` are one. Undefined: no e-mail address. */
export function emailContact(text: string): Contact | undefined {
  const written = visible(text).replaceAll('。', '.');
  // Before the domain is converted: that drops what stands behind a slash. Half a character makes
  // the check throw.
  if (!written.isWellFormed() || !isEmail(written)) return undefined;
  const at = written.lastIndexOf('@');
  const local = written.slice(0, at);
  const domain = domainToASCII(written.slice(at + 1));
  const shown = `${local.toLowerCase().normalize('NFC')}@${domain}`;
  if (!isEmail(shown) || shown.length > MAX_EMAIL_LENGTH) return undefined;
  return { shown, key: `${foldCase(local).normalize('NFC')}@${domain}` };
}

/**
 * `+49 (0)151 123`, `0049151123` and, with DE as country, `0151 123` are one, written in E.164.
 * Undefined: no phone number, or none without a country.
 */
export function phoneContact(text: string, country: CountryCode | undefined): Contact | undefined {
  const dialled = visible(text).replace(/^[(\s]*(?:\+|0\s*0)/, '+');
  const parsed = parsePhoneNumberFromString(dialled, {
    extract: false,
    ...(country ? { defaultCountry: country } : {}),
  });
  // Numbering plans change: a length that the library does not know yet is no fault.
  if (!parsed || parsed.ext || parsed.number.length - 1 > MAX_PHONE_DIGITS) return undefined;
  return { shown: parsed.number, key: parsed.number };
}

/** Loosely, for a login: what cannot be read finds no account. */
export function looksLikePhoneNumber(text: string): boolean {
  if (text.length > MAX_PHONE_TEXT || /\p{Letter}/u.test(visible(text))) return false;
  const digits = text.match(/\p{Nd}/gu)?.length ?? 0;
  return digits >= MIN_PHONE_DIGITS && digits <= MAX_PHONE_DIGITS + 5;
}

/** How releases before this one named accounts; those that they made are found by it. */
export function oldEmailKey(text: string): string {
  return text.trim().toLowerCase();
}

export function oldPhoneKey(text: string): string {
  return text.replaceAll(/[\s().-]/g, '');
}

function visible(text: string): string {
  return text.replaceAll(INVISIBLE, '').normalize('NFKC').trim();
}
