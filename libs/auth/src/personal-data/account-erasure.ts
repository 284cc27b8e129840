import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccountKeys, AccountsService, ANY, type Account } from '#libs/accounts';
import { AccountStatus, UserType } from '#libs/contracts';
import { type ErasedCounts, type Person } from '#libs/personal-data';
import { KeyScan, LuaScript, RedisCommands, RedisKeys } from '#libs/redis';
import { AccountBlocks } from '../sessions/account-blocks.js';
import { SessionKeys } from '../sessions/session-keys.js';
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
    private readonly redis: RedisCommands,
    private readonly accountKeys: AccountKeys,
    private readonly keys: SessionKeys,
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
    const own = await this.ownKeys(id);
    const indexes = [ANY, ...Object.values(UserType)].flatMap((type) =>
      [ANY, ...Object.values(AccountStatus)].map((status) => this.accountKeys.index(type, status)),
    );
    const erased = await this.redis.run(
      scripts.erase,
      [this.accountKeys.account(id), this.keys.sessionsOf(id), ...indexes, ...own],
      [id, indexes.length],
    );
    await this.redis.run(scripts.forget, [this.keys.revocations], []);
    return { account: Number(erased), sessionsAndNames: own.length };
  }

  private async pseudonymOf(userId: string, pseudonym: string): Promise<string> {
    const key = this.accountKeys.account(userId);
    return String(await this.redis.run(scripts.name, [key], [pseudonym]));
  }

  /** Traces of sessions that ended, and names of every release: no index has them all. */
  private async ownKeys(userId: string): Promise<string[]> {
    const [sessions, emails, phones] = ['session', 'email', 'phone'].map((kind) =>
      this.keysWith(
        kind,
        (keys) =>
          kind === 'session'
            ? this.redis.do((redis) => Promise.all(keys.map((key) => redis.hget(key, 'userId'))))
            : this.redis.do((redis) => redis.mget(...keys)),
        userId,
      ),
    );
    return [...(await sessions!), ...(await emails!), ...(await phones!)];
  }

  private async keysWith(
    kind: string,
    read: (keys: string[]) => Promise<(string | null)[]>,
    userId: string,
  ): Promise<string[]> {
    const prefix = this.names.key('auth', kind, '').slice(this.names.rawPrefix('').length);
    const found: string[] = [];
    for await (const page of this.scan.pages(`${prefix}*`)) {
      if (page.length === 0) continue;
      const owners = await read(page);
      found.push(...page.filter((_, i) => owners[i] === userId));
    }
    return [...new Set(found)];
  }
}
