import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { accountsConfig, type ConfigType } from '#libs/config';
import {
  AccountStatus,
  foldForSearch,
  ID_PATTERN,
  RequestError,
  type UserType,
  type Vehicle,
} from '#libs/contracts';
import {
  type Account,
  type AccountFilter,
  type AccountIdentifier,
  type AccountPage,
  type NewAccount,
  type Profile,
} from './account.js';
import { AccountsStore } from './accounts.store.js';
import { Contacts } from './contacts.js';
import { opaquePassword, passwordForms, PasswordHasher } from './passwords.js';

const MAX_PHOTO_URL_LENGTH = 512;
/** A search looks at so many of the newest accounts. */
const SEARCHED_ACCOUNTS = 1_000;
/** Fewer digits say nothing of a phone number. */
const TELLING_DIGITS = 3;
/** And fewer characters nothing of a number plate. */
const TELLING_PLATE = 3;

@Injectable()
export class AccountsService {
  constructor(
    private readonly store: AccountsStore,
    private readonly contacts: Contacts,
    private readonly passwords: PasswordHasher,
    @Inject(accountsConfig.KEY) private readonly settings: ConfigType<typeof accountsConfig>,
  ) {}

  /**
   * @throws RequestError CONFLICT when the id, the e-mail or the phone number has an account;
   * VALIDATION_FAILED
   */
  async create(input: NewAccount): Promise<Account> {
    const { userType, name, password, groups = [] } = input;
    const id = input.id || randomUUID();
    const email = input.email && this.contacts.email(input.email).shown;
    const phoneNumber = input.phoneNumber && this.contacts.phoneNumber(input.phoneNumber).shown;
    const passwordHash = password && (await this.passwords.hash(opaque(password)));
    const contact = { ...(email ? { email } : {}), ...(phoneNumber ? { phoneNumber } : {}) };
    const shown = { id, userType, ...contact, ...(name ? { name } : {}) };
    const result = await this.store.create(
      {
        ...shown,
        ...(passwordHash ? { passwordHash } : {}),
        ...(groups.length > 0 ? { groups: groups.join(',') } : {}),
      },
      {
        email: input.email ? this.contacts.keysOf({ email: input.email }) : [],
        phoneNumber: input.phoneNumber
          ? this.contacts.keysOf({ phoneNumber: input.phoneNumber })
          : [],
      },
      !input.id,
    );
    if (!result.created) {
      throw new RequestError('CONFLICT', {
        message: `There is an account with this ${result.taken}. Choose another one.`,
        details: { taken: result.taken },
      });
    }
    const createdAt = new Date(Number(result.createdAt)).toISOString();
    return { ...shown, groups, status: AccountStatus.active, createdAt, updatedAt: createdAt };
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

  /** The newest first. A search reads a bounded number, and finds whole ids and addresses among all. */
  async list(filter: AccountFilter): Promise<AccountPage> {
    const { text, page, limit, userType, status } = filter;
    if (text === undefined) return this.store.list(filter);
    const [named, newest] = await Promise.all([
      this.named(text),
      this.store.list({ ...filter, page: 1, limit: SEARCHED_ACCOUNTS }),
    ]);
    const fits = (account: Account): boolean =>
      (!userType || account.userType === userType) && (!status || account.status === status);
    const matching = newest.accounts.filter((account) => matches(account, text));
    const first = named.filter(fits);
    const others = matching.filter(({ id }) => !first.some((account) => account.id === id));
    const found = [...first, ...others];
    return {
      accounts: found.slice((page - 1) * limit, page * limit),
      total: found.length,
      asOf: newest.asOf,
      isComplete: newest.total <= SEARCHED_ACCOUNTS,
    };
  }

  /** One text for all spellings of an e-mail address or phone number. */
  nameOf(identifier: AccountIdentifier): string {
    return this.contacts.nameOf(identifier);
  }

  async idOf(identifier: AccountIdentifier): Promise<string | undefined> {
    return this.store.findId(this.contacts.keysOf(identifier));
  }

  /** @throws RequestError NOT_FOUND; VALIDATION_FAILED for a photo from elsewhere */
  async update(userId: string, { photoUrl, ...profile }: Profile): Promise<Account> {
    const photo = photoUrl ? { photoUrl: this.photo(photoUrl) } : { photoUrl };
    const changes = { ...profile, ...(photoUrl === undefined ? {} : photo) };
    if (await this.store.update(userId, changes)) return this.get(userId);
    throw new RequestError('NOT_FOUND', { message: 'There is no such account.' });
  }

  /**
   * Sets the car of a driver; null takes it away.
   * @throws RequestError NOT_FOUND
   */
  async setVehicle(userId: string, vehicle: Vehicle | null): Promise<Account> {
    const stored = vehicle && JSON.stringify(vehicle);
    if (await this.store.update(userId, { vehicle: stored })) return this.get(userId);
    throw new RequestError('NOT_FOUND', { message: 'There is no such account.' });
  }

  async exists(identifier: AccountIdentifier): Promise<boolean> {
    return (await this.idOf(identifier)) !== undefined;
  }

  /**
   * Resolves undefined for a wrong password and for an unknown account, after the same time.
   * @throws RequestError RATE_LIMITED when too many passwords are being checked.
   */
  async verifyPassword(
    identifier: AccountIdentifier,
    password: string,
  ): Promise<Account | undefined> {
    const found = await this.store.findCredentials(this.contacts.keysOf(identifier));
    for (const form of passwordForms(password)) {
      if (await this.passwords.verify(found?.passwordHash, form)) return found?.account;
    }
    return undefined;
  }

  /** Whose id, e-mail address or phone number a text is. */
  private async named(text: string): Promise<Account[]> {
    const [byEmail, byPhone] = await Promise.all([
      this.idOf({ email: text }),
      this.idOf({ phoneNumber: text }),
    ]);
    const ids = new Set([text, byEmail, byPhone]);
    const accounts = await Promise.all(
      [...ids].map((id) => (id && ID_PATTERN.test(id) ? this.find(id) : undefined)),
    );
    return accounts.filter((account) => account !== undefined);
  }

  /**
   * Returns its one spelling. A device that shows a photo asks its server for it, and that server sees
   * the device: people may name servers of the company only.
   */
  private photo(text: string): string {
    const { photoOrigins } = this.settings;
    const { protocol, origin, username, password, href } = URL.canParse(text)
      ? new URL(text)
      : ({} as Partial<URL>);
    const isOurs = photoOrigins.includes('*') || photoOrigins.includes(origin ?? '');
    const isPlain = protocol === 'https:' && username === '' && password === '';
    if (href && isOurs && isPlain && href.length <= MAX_PHOTO_URL_LENGTH) return href;
    throw new RequestError('VALIDATION_FAILED', {
      details: [
        `photoUrl must be an https URL of ${MAX_PHOTO_URL_LENGTH} characters at most, on a server ` +
          'that PHOTO_ORIGINS names',
      ],
    });
  }
}

/** Every word of the text begins a word of the name, or is part of an address or number; or it is one of a plate. */
function matches({ id, name, email, phoneNumber, vehicle }: Account, text: string): boolean {
  const plate = plateOf(text);
  if (plate.length >= TELLING_PLATE && vehicle && plateOf(vehicle.plate).includes(plate))
    return true;
  const names = foldForSearch(name ?? '').split(/\s+/);
  const address = foldForSearch(email ?? '');
  const digits = text.replaceAll(/\D/g, '');
  const told = digits.replace(/^0+/, '');
  const isNumber = told.length >= TELLING_DIGITS && /^[\d\s()+./-]+$/.test(text);
  if (isNumber && phoneNumber?.includes(told)) return true;
  return foldForSearch(text)
    .trim()
    .split(/\s+/)
    .every(
      (word) =>
        names.some((each) => each.startsWith(word)) ||
        address.includes(word) ||
        id.startsWith(word),
    );
}

/** As it is compared: people write `ABC 1234` and `abc-1234`. */
function plateOf(text: string): string {
  return foldForSearch(text).replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** @throws RequestError VALIDATION_FAILED */
function opaque(password: string): string {
  const form = opaquePassword(password);
  if (form !== undefined) return form;
  throw new RequestError('VALIDATION_FAILED', {
    message: 'password must not have control characters or characters that cannot be seen.',
  });
}
