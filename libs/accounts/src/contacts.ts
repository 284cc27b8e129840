import { Inject, Injectable } from '@nestjs/common';
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';
import { accountsConfig, type ConfigType } from '#libs/config';
import { emailContact, RequestError, visibleText, type Contact } from '#libs/contracts';
import { AccountKeys } from './account-keys.js';
import { type AccountIdentifier } from './account.js';

/** Of E.164. */
const MAX_PHONE_DIGITS = 15;
const MIN_PHONE_DIGITS = 6;
const MAX_PHONE_TEXT = 64;

/** Reads what people type as e-mail address or phone number, and names accounts by it. */
@Injectable()
export class Contacts {
  constructor(
    @Inject(accountsConfig.KEY) private readonly settings: ConfigType<typeof accountsConfig>,
    private readonly keys: AccountKeys,
  ) {}

  /** @throws RequestError VALIDATION_FAILED */
  email(text: string): Contact {
    const contact = emailContact(text);
    if (contact) return contact;
    throw refused('email must be an e-mail address.');
  }

  /** @throws RequestError VALIDATION_FAILED */
  phoneNumber(text: string): Contact {
    const contact = phoneContact(text, this.settings.phoneCountry);
    if (contact) return contact;
    throw refused(
      'phoneNumber must be a phone number with + and the country code in front, or ' +
        'PHONE_DEFAULT_COUNTRY must be set.',
    );
  }

  /** One text for all spellings. */
  nameOf(identifier: AccountIdentifier): string {
    return this.keysOf(identifier).at(-1)!;
  }

  /**
   * The keys that may hold the id of the account. What a release before this one has stored comes
   * first: two spellings may be two accounts since then, and each is found by its own.
   */
  keysOf(identifier: AccountIdentifier): string[] {
    const [old, key] =
      'email' in identifier
        ? this.emailKeys(identifier.email)
        : this.phoneKeys(identifier.phoneNumber);
    return key === undefined || key === old ? [old] : [old, key];
  }

  private emailKeys(text: string): [string, string | undefined] {
    const key = emailContact(text)?.key;
    return [this.keys.email(oldEmailKey(text)), key && this.keys.email(key)];
  }

  private phoneKeys(text: string): [string, string | undefined] {
    const key = phoneContact(text, this.settings.phoneCountry)?.key;
    return [this.keys.phoneNumber(oldPhoneKey(text)), key && this.keys.phoneNumber(key)];
  }
}

function refused(message: string): RequestError {
  return new RequestError('VALIDATION_FAILED', { message });
}

/**
 * `+49 (0)151 123`, `0049151123` and, with DE as country, `0151 123` are one, written in E.164.
 * Undefined: no phone number, or none without a country.
 */
export function phoneContact(text: string, country: CountryCode | undefined): Contact | undefined {
  const dialled = visibleText(text).replace(/^[(\s]*(?:\+|0\s*0)/, '+');
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
  if (text.length > MAX_PHONE_TEXT || /\p{Letter}/u.test(visibleText(text))) return false;
  const digits = text.match(/\p{Nd}/gu)?.length ?? 0;
  return digits >= MIN_PHONE_DIGITS && digits <= MAX_PHONE_DIGITS + 5;
}

/** How releases before this one named accounts; those that they made are found by it. */
function oldEmailKey(text: string): string {
  return text.trim().toLowerCase();
}

function oldPhoneKey(text: string): string {
  return text.replaceAll(/[\s().-]/g, '');
}
