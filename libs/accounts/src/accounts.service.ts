import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccountStatus, RequestError, type UserType } from '#libs/contracts';
import {
  type Account,
  type AccountFilter,
  type AccountIdentifier,
  type AccountPage,
  type NewAccount,
} from './account.js';
import { AccountsStore } from './accounts.store.js';
import { normalizeEmail, normalizePhoneNumber } from './contact.js';
import { PasswordHasher } from './password-hasher.js';

@Injectable()
export class AccountsService {
  constructor(
    private readonly store: AccountsStore,
    private readonly passwords: PasswordHasher,
  ) {}

  /** @throws RequestError CONFLICT when the id, the e-mail or the phone number has an account. */
  async create(input: NewAccount): Promise<Account> {
    const { userType, name, password } = input;
    const id = input.id || randomUUID();
    const email = input.email && normalizeEmail(input.email);
    const phoneNumber = input.phoneNumber && normalizePhoneNumber(input.phoneNumber);
    const passwordHash = password && (await this.passwords.hash(password));
    const contact = { ...(email ? { email } : {}), ...(phoneNumber ? { phoneNumber } : {}) };
    const shown = { id, userType, ...contact, ...(name ? { name } : {}) };
    const result = await this.store.create({ ...shown, ...(passwordHash ? { passwordHash } : {}) });
    if (!result.created) {
      throw new RequestError('CONFLICT', {
        message: `There is an account with this ${result.taken}. Choose another one.`,
        details: { taken: result.taken },
      });
    }
    const createdAt = new Date(Number(result.createdAt)).toISOString();
    return { ...shown, status: AccountStatus.active, createdAt, updatedAt: createdAt };
  }

  /** Makes sure that a user of another identity service has an account here. */
  async ensure(id: string, userType: UserType): Promise<Account> {
    const existing = await this.store.find(id);
    if (existing) return existing;
    try {
      return await this.create({ id, userType });
    } catch (error) {
      if (error instanceof RequestError && error.code === 'CONFLICT') return this.get(id);
      throw error;
    }
  }

  /** @throws RequestError NOT_FOUND */
  async get(userId: string): Promise<Account> {
    const account = await this.store.find(userId);
    if (account) return account;
    throw new RequestError('NOT_FOUND', { message: 'There is no such account.' });
  }

  /** People of another identity service have no account here. */
  find(userId: string): Promise<Account | undefined> {
    return this.store.find(userId);
  }

  list(filter: AccountFilter): Promise<AccountPage> {
    return this.store.list(filter);
  }

  /** One text for all spellings of an e-mail address or phone number. */
  nameOf(identifier: AccountIdentifier): string {
    return JSON.stringify(normalized(identifier));
  }

  async exists(identifier: AccountIdentifier): Promise<boolean> {
    return (await this.store.findId(normalized(identifier))) !== undefined;
  }

  /**
   * Resolves undefined for a wrong password and for an unknown account, after the same time.
   * @throws RequestError RATE_LIMITED when too many passwords are being checked.
   */
  async verifyPassword(
    identifier: AccountIdentifier,
    password: string,
  ): Promise<Account | undefined> {
    const found = await this.store.findCredentials(normalized(identifier));
    const matches = await this.passwords.verify(found?.passwordHash, password);
    return matches ? found?.account : undefined;
  }
}

function normalized(identifier: AccountIdentifier): AccountIdentifier {
  return 'email' in identifier
    ? { email: normalizeEmail(identifier.email) }
    : { phoneNumber: normalizePhoneNumber(identifier.phoneNumber) };
}
