import { domainToASCII } from 'node:url';
import { isEmail } from 'class-validator';
import { foldCase, visibleText } from './text.js';

/** What one may be reached at, in one spelling. */
export interface Contact {
  /** As it is shown, and as mail or calls reach it. */
  readonly shown: string;
  /** The same for all spellings; names the account in Redis. */
  readonly key: string;
}

const MAX_EMAIL_LENGTH = 254;

/** `Ada@MÜNCHEN.de` and `ada@xn--mnchen-3ya.de` are one. Undefined: no e-mail address. */
export function emailContact(text: string): Contact | undefined {
  const written = visibleText(text).replaceAll('。', '.');
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
