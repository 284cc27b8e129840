import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { RequestError, type UserType } from '#libs/contracts';
import { LuaScript } from '#libs/redis';
import { AccountKeys, ANY } from './account-keys.js';
import { AccountRedis } from './account-redis.js';
import {
  accountOf,
  type Account,
  type AccountFilter,
  type AccountPage,
  type Profile,
} from './account.js';
import { UntoldChanges, untoldNotes } from './untold-changes.js';

const claimScript = LuaScript.load(import.meta.url, 'claim_names');
const releaseScript = LuaScript.load(import.meta.url, 'release_names');
const withdrawScript = LuaScript.load(import.meta.url, 'withdraw_claim');
const createScript = LuaScript.load(import.meta.url, 'create_account', untoldNotes);
const updateScript = LuaScript.load(import.meta.url, 'update_account');
const listScript = LuaScript.load(import.meta.url, 'list_accounts');

/** Of making one account while others make one of the same id or address. */
const MOST_ATTEMPTS = 10;
/** A claim whose account is not there by then is made void. Nothing depends on it: it spares tries. */
const MADE_WITHIN_MS = 500;
/** That the first try of an account came to nothing: longer than it can be on its way. */
const VOID_FOR_MS = 24 * 60 * 60_000;
const LOOK_INTERVAL_MS = 25;
const RETRY_AFTER_MS = 250;
/** Of an account whose id nobody else has tried: the number that is kept nowhere. */
const FIRST_TRY = '0';
/** Where names begin among the keys of `claim_names.lua`, from 1. */
const FIRST_NAME = 2;

/** What the key of a name holds: whose it is, if the account was made by this try, see withdraw_claim.lua. */
interface Claim {
  id: string;
  number: string;
}

/** Ids hold no blank. Claims of accounts of older releases, and most others, are the id alone. */
function claimOf(id: string, number: string): string {
  return number === FIRST_TRY || number === '' ? id : `${id} ${number}`;
}

function readClaim(text: string): Claim {
  const [id = '', number = FIRST_TRY] = text.split(' ');
  return { id, number };
}

function contended(): RequestError {
  return new RequestError('REDIS_UNAVAILABLE', {
    message: 'Others make an account with this id or address at this moment. Try again.',
    retryAfterMs: RETRY_AFTER_MS,
  });
}

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
    private readonly redis: AccountRedis,
    private readonly keys: AccountKeys,
    private readonly changes: UntoldChanges,
  ) {}

  /**
   * Claims the names first, then writes the account where its sessions will be, then puts it into the
   * lists. A crash before the second leaves claims that the next who wants such a name makes void, one
   * after it an account that others put into the lists.
   * @param names keys that must be free; the account is found by them from then on
   * @param isNewId nobody else can know the id
   */
  async create(
    account: StoredAccount,
    names: AccountNames,
    isNewId: boolean,
  ): Promise<CreateResult> {
    const { id } = account;
    const wanted = [
      ...names.email.map((key) => ({ field: 'email' as const, key })),
      ...names.phoneNumber.map((key) => ({ field: 'phoneNumber' as const, key })),
    ];
    const keys = wanted.map(({ key }) => key);
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const number = await this.beginTry(id, keys.length === 0, isNewId && attempt === 0);
      if (number === undefined) return { created: false, taken: 'id' };
      const claim = claimOf(id, number);
      const mark = this.changes.newMark(id);
      const taken = await this.claim(claim, keys, mark);
      if (taken !== undefined) return { created: false, taken: wanted[taken]!.field };
      const [verdict, createdAt] = await this.write(account, number);
      if (verdict === 'created') {
        await this.changes.tell(id, mark);
        return { created: true, createdAt };
      }
      if (keys.length > 0) await this.redis.run(releaseScript, keys, [claim]);
      await this.changes.unmark(mark);
      if (verdict === 'exists') return { created: false, taken: 'id' };
    }
    throw contended();
  }

  /** Resolves the number of the try; empty for one that claims nothing; undefined when the account is there. */
  private async beginTry(
    id: string,
    isNameless: boolean,
    isNewId: boolean,
  ): Promise<string | undefined> {
    if (isNameless) return '';
    if (isNewId) return FIRST_TRY;
    return (await this.isOld(id)) ? undefined : this.withdraw({ id, number: '' });
  }

  /** Resolves the index of the first name that another account has; undefined when all are claimed. */
  private async claim(claim: string, names: string[], mark: string): Promise<number | undefined> {
    // Each name may be held by another try that crashed.
    for (let attempt = 0; attempt < MOST_ATTEMPTS + names.length; attempt += 1) {
      const [at, other] = (await this.redis.run(
        claimScript,
        [this.keys.marks, ...names],
        [claim, mark],
      )) as [number, string];
      if (at === 0) return undefined;
      const claimed = readClaim(other);
      await this.waitFor(claimed);
      const name = names[at - FIRST_NAME]!;
      const [isOld, held] = await Promise.all([
        this.isOld(claimed.id),
        this.redis.do((redis) => redis.get(name)),
      ]);
      // Who had it may be erased by now: nothing is to be left under that id.
      if (held !== other) continue;
      if (isOld || (await this.withdraw(claimed)) === undefined) return at - FIRST_NAME;
      await this.redis.run(releaseScript, names, [other]);
    }
    throw contended();
  }

  /** Whoever has claimed a name makes the account at once, unless it has crashed. */
  private async waitFor(claim: Claim): Promise<void> {
    const until = performance.now() + MADE_WITHIN_MS;
    while (!(await this.isOf(claim)) && performance.now() < until) await pause(LOOK_INTERVAL_MS);
  }

  /**
   * Whether an instance of an older release has made it beside this one: then it keeps its claims. To be
   * asked before it is looked for at its new place: so it is seen at one place or the other.
   */
  private async isOld(id: string): Promise<boolean> {
    const old = await this.redis.do((redis) =>
      redis.exists(this.keys.oldRecord('user', id), this.keys.movingRecord('user', id)),
    );
    return old > 0;
  }

  /** Resolves undefined when the account is there with the claim, else the number of its last try. */
  private async withdraw({ id, number }: Claim): Promise<string | undefined> {
    const [verdict, lastTry] = (await this.redis.run(
      withdrawScript,
      [this.keys.account(id), this.keys.tries(id)],
      [number, VOID_FOR_MS],
    )) as ['there' | 'void', string];
    return verdict === 'there' ? undefined : lastTry;
  }

  private async write(
    { id, userType, ...account }: StoredAccount,
    number: string,
  ): Promise<['created' | 'exists' | 'withdrawn', string]> {
    const fields = Object.entries(account).filter(([, value]) => value);
    return (await this.redis.run(
      createScript,
      [this.keys.account(id), this.keys.tries(id), this.keys.untold(id)],
      [id, number, userType, ...fields.flat()],
    )) as ['created' | 'exists' | 'withdrawn', string];
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
    const texts = await this.redis.do((redis) => redis.mget(...names));
    for (const text of texts) {
      if (text === null) continue;
      const claim = readClaim(text);
      if (await this.isOf(claim)) return claim.id;
    }
    return undefined;
  }

  /** What a try that came to nothing has claimed leads to no account, also when one of this id was made later. */
  private async isOf({ id, number }: Claim): Promise<boolean> {
    const [record, tries] = await this.redis.do((redis) =>
      Promise.all([redis.exists(this.keys.account(id)), redis.get(this.keys.tries(id))]),
    );
    return record === 1 && (tries ?? FIRST_TRY) === number;
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
    const number = await this.redis.do((redis) => redis.get(this.keys.tries(id)));
    const claim = claimOf(id, number ?? FIRST_TRY);
    const owner = await this.redis.do((redis) => redis.set(key, claim, 'NX', 'GET'));
    return owner === null ? id : readClaim(owner).id;
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
