import { Injectable } from '@nestjs/common';
import { AccountStatus, type UserType } from '#libs/contracts';
import { LuaScript, RedisCommands } from '#libs/redis';
import { AccountKeys } from './account-keys.js';
import { accountOf, recordOf } from './account-record.js';
import {
  type Account,
  type AccountFilter,
  type AccountIdentifier,
  type AccountPage,
} from './account.js';

const createScript = LuaScript.load(import.meta.url, 'create_account');
const listScript = LuaScript.load(import.meta.url, 'list_accounts');

const ALL = 'all';

export interface StoredAccount {
  id: string;
  userType: UserType;
  email?: string;
  phoneNumber?: string;
  name?: string;
  passwordHash?: string;
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

  async create(account: StoredAccount): Promise<CreateResult> {
    const { id, userType } = account;
    const names: { field: 'email' | 'phoneNumber'; key: string }[] = [];
    if (account.email) names.push({ field: 'email', key: this.keys.email(account.email) });
    if (account.phoneNumber) {
      names.push({ field: 'phoneNumber', key: this.keys.phoneNumber(account.phoneNumber) });
    }
    const indexes = [
      this.keys.index(ALL, ALL),
      this.keys.index(userType, ALL),
      this.keys.index(ALL, AccountStatus.active),
      this.keys.index(userType, AccountStatus.active),
    ];
    const fields = Object.entries(account).filter(([name, value]) => name !== 'id' && value);
    const [taken, createdAt] = (await this.redis.run(
      createScript,
      [this.keys.account(id), ...indexes, ...names.map(({ key }) => key)],
      [id, ...fields.flat()],
    )) as [number, string];
    if (taken === 0) return { created: true, createdAt };
    return { created: false, taken: names[taken - 6]?.field ?? 'id' };
  }

  async find(userId: string): Promise<Account | undefined> {
    return (await this.read(userId))?.account;
  }

  async findCredentials(identifier: AccountIdentifier): Promise<Credentials | undefined> {
    const userId = await this.findId(identifier);
    return userId === undefined ? undefined : this.read(userId);
  }

  async findId(identifier: AccountIdentifier): Promise<string | undefined> {
    const key =
      'email' in identifier
        ? this.keys.email(identifier.email)
        : this.keys.phoneNumber(identifier.phoneNumber);
    return (await this.redis.do((redis) => redis.get(key))) ?? undefined;
  }

  async list({ userType, status, page, limit }: AccountFilter): Promise<AccountPage> {
    const [total, ...hashes] = (await this.redis.run(
      listScript,
      [this.keys.index(userType ?? ALL, status ?? ALL)],
      [(page - 1) * limit, limit, this.keys.account('')],
    )) as [number, ...string[][]];
    return { total, accounts: hashes.map((hash) => accountOf(recordOf(hash))) };
  }

  private async read(userId: string): Promise<Credentials | undefined> {
    const record = await this.redis.do((redis) => redis.hgetall(this.keys.account(userId)));
    if (record['id'] === undefined) return undefined;
    return { account: accountOf(record), passwordHash: record['passwordHash'] };
  }
}
