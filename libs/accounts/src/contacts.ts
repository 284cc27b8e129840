import { Inject, Injectable } from '@nestjs/common';
import { accountsConfig, type ConfigType } from '#libs/config';
import { RequestError } from '#libs/contracts';
import { AccountKeys } from './account-keys.js';
import { type AccountIdentifier } from './account.js';
import { emailContact, oldEmailKey, oldPhoneKey, phoneContact, type Contact } from './contact.js';

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
