import { Injectable } from '@nestjs/common';
import { AccountStatus, type UserType } from '#libs/contracts';
import { LuaScript, RedisCommands } from '#libs/redis';
import { AccountKeys, ANY } from './account-keys.js';
import {
  accountOf,
  type Account,
  type AccountFilter,
  type AccountPage,
  type Profile,
} from './account.js';

const createScript = LuaScript.load(import.meta.url, 'create_account');
const updateScript = LuaScript.load(import.meta.url, 'update_account');
const listScript = LuaScript.load(import.meta.url, 'list_accounts');

export interface StoredAccount {
  id: string;
  userType: UserType;
  email?: string;
  phoneNumber?: string;
  name?: string;
  passwordHash?: string;
  /** Ids, separated by commas. */
  groups?: string;
}

export interface StoredContact {
  id: string;
  /** Epoch milliseconds. */
  createdAt: number;
  email?: string;
  phoneNumber?: string;
}

/** The keys of what an account is found by. */
export interface AccountNames {
  email: readonly string[];
  phoneNumber: readonly string[];
}

export interface Credentials {
  account: Account;
  passwordHash: string | undefined;
}

export type CreateResult =
  { created: true; createdAt: string } | { created: false; taken: 'id' | 'email' | 'phoneNumber' };

@Injectable()
export class AccountsStore {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: AccountKeys,
  ) {}

  /** @param names keys that must be free; the account is found by them from then on */
  async create(account: StoredAccount, names: AccountNames): Promise<CreateResult> {
    const { id, userType } = account;
    const taken = [
      ...names.email.map((key) => ({ field: 'email' as const, key })),
      ...names.phoneNumber.map((key) => ({ field: 'phoneNumber' as const, key })),
    ];
    const indexes = [
      this.keys.index(ANY, ANY),
      this.keys.index(userType, ANY),
      this.keys.index(ANY, AccountStatus.active),
      this.keys.index(userType, AccountStatus.active),
    ];
    const fields = Object.entries(account).filter(([name, value]) => name !== 'id' && value);
    const [takenKey, createdAt] = (await this.redis.run(
      createScript,
      [this.keys.account(id), ...indexes, ...taken.map(({ key }) => key)],
      [id, ...fields.flat()],
    )) as [number, string];
    if (takenKey === 0) return { created: true, createdAt };
    return { created: false, taken: taken[takenKey - 6]?.field ?? 'id' };
  }

  /** Resolves false when there is no such account. */
  async update(userId: string, fields: Profile & { vehicle?: string | null }): Promise<boolean> {
    const changes = Object.entries(fields).filter(([, value]) => value !== undefined);
    const done = await this.redis.run(
      updateScript,
      [this.keys.account(userId)],
      changes.flatMap(([field, value]) => [field, String(value ?? '')]),
    );
    return done === 1;
  }

  async find(userId: string): Promise<Account | undefined> {
    return (await this.read(userId))?.account;
  }

  async findCredentials(names: readonly string[]): Promise<Credentials | undefined> {
    const userId = await this.findId(names);
    return userId === undefined ? undefined : this.read(userId);
  }

  /** By the first of the keys that has an account. */
  async findId(names: readonly string[]): Promise<string | undefined> {
    const ids = await this.redis.do((redis) => redis.mget(...names));
    return ids.find((id) => id !== null) ?? undefined;
  }

  /** Where accounts are reached, the oldest first, from a creation time on. */
  async contactsSince(createdAt: number, offset: number, count: number): Promise<StoredContact[]> {
    const index = this.keys.index(ANY, ANY);
    const ranked = await this.redis.do((redis) =>
      redis.zrange(index, createdAt, '+inf', 'BYSCORE', 'LIMIT', offset, count, 'WITHSCORES'),
    );
    const ids = ranked.filter((_, i) => i % 2 === 0);
    const contacts = await this.redis.do((redis) =>
      Promise.all(ids.map((id) => redis.hmget(this.keys.account(id), 'email', 'phoneNumber'))),
    );
    return contacts.map(([email, phoneNumber], i) => ({
      id: ids[i]!,
      createdAt: Number(ranked[2 * i + 1]),
      ...(email ? { email } : {}),
      ...(phoneNumber ? { phoneNumber } : {}),
    }));
  }

  /** Lets an account be found by one more key; resolves who has the key then. */
  async claimName(key: string, id: string): Promise<string> {
    const owner = await this.redis.do((redis) => redis.set(key, id, 'NX', 'GET'));
    return owner ?? id;
  }

  /** The creation time up to which accounts have their names; 0 at first. */
  async namesGiven(country: string): Promise<number> {
    return Number((await this.redis.do((redis) => redis.get(this.keys.namesGiven(country)))) ?? 0);
  }

  async noteNamesGiven(country: string, createdAt: number): Promise<void> {
    await this.redis.do((redis) => redis.set(this.keys.namesGiven(country), String(createdAt)));
  }

  async list({ userType, status, page, limit, asOf }: AccountFilter): Promise<AccountPage> {
    const [total, state, ...ids] = (await this.redis.run(
      listScript,
      [this.keys.index(userType ?? ANY, status ?? ANY)],
      [(page - 1) * limit, limit, asOf ?? ''],
    )) as [number, string, ...string[]];
    const records = await this.redis.do((redis) =>
      Promise.all(ids.map((id) => redis.hgetall(this.keys.account(id)))),
    );
    return {
      total,
      asOf: Number(state),
      // One may have been erased since it was listed.
      accounts: records
        .filter((record) => record['id'] !== undefined)
        .map((record) => accountOf(record)),
      isComplete: true,
    };
  }

  private async read(userId: string): Promise<Credentials | undefined> {
    const record = await this.redis.do((redis) => redis.hgetall(this.keys.account(userId)));
    if (record['id'] === undefined) return undefined;
    return { account: accountOf(record), passwordHash: record['passwordHash'] };
  }
}
