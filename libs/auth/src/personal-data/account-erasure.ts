import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccountKeys, AccountRedis, AccountsService, ANY, type Account } from '#libs/accounts';
import { AccountStatus, UserType } from '#libs/contracts';
import { type ErasedCounts, type Person } from '#libs/personal-data';
import { KeyScan, literally, LuaScript, RedisKeys } from '#libs/redis';
import { AccountBlocks } from '../sessions/account-blocks.js';
import { type Session } from '../sessions/session.js';
import { SessionsStore } from '../sessions/sessions.store.js';

const scripts = {
  name: LuaScript.load(import.meta.url, 'name_erased'),
  erase: LuaScript.load(import.meta.url, 'erase_account'),
  forget: LuaScript.load(import.meta.url, 'forget_revocations'),
};

const REASON = 'Its personal data is being erased.';

/**
 * Takes an account away with its sessions. It goes last: until then it is banned and remembers the
 * pseudonym, so that an erasure that was interrupted goes on where it was.
 */
@Injectable()
export class AccountErasure {
  constructor(
    private readonly redis: AccountRedis,
    private readonly accountKeys: AccountKeys,
    private readonly names: RedisKeys,
    private readonly scan: KeyScan,
    private readonly accounts: AccountsService,
    private readonly blocks: AccountBlocks,
    private readonly sessions: SessionsStore,
  ) {}

  async exportOf(userId: string): Promise<{ account: Account | null; sessions: Session[] }> {
    const account = (await this.accounts.find(userId)) ?? null;
    return { account, sessions: await this.sessions.list(userId) };
  }

  /** What the person is called, with the pseudonym of an erasure that has begun or a new one. */
  async personOf(userId: string): Promise<Person> {
    const account = await this.accounts.find(userId);
    const pseudonym = `erased-${randomBytes(9).toString('base64url')}`;
    if (!account) return { id: userId, pseudonym };
    const { name, email, phoneNumber } = account;
    return {
      id: userId,
      pseudonym: await this.pseudonymOf(userId, pseudonym),
      ...(name ? { name } : {}),
      ...(email ? { email } : {}),
      ...(phoneNumber ? { phoneNumber } : {}),
    };
  }

  /** Ends all sessions and lets nobody log in to the account again. */
  async lockOut(userId: string): Promise<void> {
    if (await this.accounts.find(userId)) await this.blocks.ban(userId, REASON);
  }

  /** The account, what it is found by, and every trace of its sessions. */
  async erase({ id }: Person): Promise<ErasedCounts> {
    // Without the account its names are free: somebody else may get one at any time.
    const names = [
      ...(await this.keysOf(this.pattern(this.accountKeys.email('*')), id)),
      ...(await this.keysOf(this.pattern(this.accountKeys.phoneNumber('*')), id)),
    ];
    // What a move of old keys has left would bring the account back.
    await this.redis.do((redis) => redis.del(this.accountKeys.movingRecord('user', id)));
    // All at once: from here on nothing can be done in the name of the person.
    const own = await this.scan.all(`${literally(this.pattern(this.accountKeys.ofUser(id, '')))}*`);
    const erased =
      own.length === 0
        ? 0
        : await this.redis.do((redis) => redis.exists(this.accountKeys.account(id)));
    if (own.length > 0) await this.redis.do((redis) => redis.del(...own));
    const owners = await this.keysOf(this.pattern(this.accountKeys.sessionOwner('*')), id);
    await this.redis.do((redis) => Promise.all(owners.map((key) => redis.del(key))));
    const indexes = [ANY, ...Object.values(UserType)].flatMap((type) =>
      [ANY, ...Object.values(AccountStatus)].map((status) => this.accountKeys.index(type, status)),
    );
    const freed = await this.redis.run(
      scripts.erase,
      [
        this.accountKeys.placed,
        this.accountKeys.oldRecord('user', id),
        this.accountKeys.marks,
        ...indexes,
        ...names,
      ],
      [id, indexes.length],
    );
    // Before its names were free, who wanted one of them may have counted the last try to make it.
    await this.redis.do((redis) => redis.del(this.accountKeys.tries(id)));
    await this.redis.run(scripts.forget, [this.accountKeys.revocations], []);
    return { account: Number(erased), sessionsAndNames: owners.length + Number(freed) };
  }

  private async pseudonymOf(userId: string, pseudonym: string): Promise<string> {
    const key = this.accountKeys.account(userId);
    return String(await this.redis.run(scripts.name, [key], [pseudonym]));
  }

  /** Keys that hold the id: of sessions that ended, and of names of every release. No index has them all. */
  private async keysOf(pattern: string, userId: string): Promise<string[]> {
    const found = new Set<string>();
    for await (const page of this.scan.pages(pattern)) {
      const owners = await this.redis.do((redis) => Promise.all(page.map((key) => redis.get(key))));
      page.filter((_, i) => owners[i]?.split(' ')[0] === userId).forEach((key) => found.add(key));
    }
    return [...found];
  }

  /** What follows the prefix of all keys. */
  private pattern(key: string): string {
    return key.slice(this.names.rawPrefix('').length);
  }
}
