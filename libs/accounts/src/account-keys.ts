import { Injectable } from '@nestjs/common';
import { AccountStatus } from '#libs/contracts';
import { RedisKeys } from '#libs/redis';

/** What is of nobody alone: names of accounts, lists of them, revocations, limits of logins. */
export const AUTH_TAG = 'auth';
/** In the name of an index: accounts of any type, or of any status. */
export const ANY = 'all';

/** What releases before this one have under the tag `auth`: accounts and sessions. */
export type OldRecordKind = 'user' | 'session';

/**
 * The keys of accounts and of what belongs to them. All that one script changes of one person has
 * the tag of that person. What many people share has the tag `auth`, and is written before or after.
 */
@Injectable()
export class AccountKeys {
  constructor(private readonly keys: RedisKeys) {}

  /** Hash of one account. */
  account(userId: string): string {
    return this.ofUser(userId, 'account');
  }

  /** Hash of one session, live or ended. */
  session(userId: string, sid: string): string {
    return this.ofUser(userId, 'session', sid);
  }

  /** Sorted set of a user's live sessions by creation. */
  sessionsOf(userId: string): string {
    return this.ofUser(userId, 'sessions');
  }

  /** List of what has changed of the user and is not told elsewhere yet, see UntoldChanges. */
  untold(userId: string): string {
    return this.ofUser(userId, 'untold');
  }

  /** Number of the last try to make the account, see withdraw_claim.lua. */
  tries(userId: string): string {
    return this.ofUser(userId, 'tries');
  }

  ofUser(userId: string, ...parts: string[]): string {
    return this.keys.key(`user:${userId}`, ...parts);
  }

  /** Holds the id of the user that has, had, or is about to have a session of this id. */
  sessionOwner(sid: string): string {
    return this.keys.key(`session:${sid}`, 'session-owner');
  }

  /** Holds the id of the account that owns the address. */
  email(email: string): string {
    return this.keys.key(AUTH_TAG, 'email', email);
  }

  phoneNumber(phoneNumber: string): string {
    return this.keys.key(AUTH_TAG, 'phone', phoneNumber);
  }

  /** How far accounts of older releases have got the names that this one looks for. */
  namesGiven(country: string): string {
    return this.keys.key(AUTH_TAG, 'names-given', country);
  }

  /** Sorted set of marks: whoever changes a person leaves one until all is told, see UntoldChanges. */
  get marks(): string {
    return this.keys.key(AUTH_TAG, 'untold');
  }

  /** Capped stream that every instance follows. */
  get revocations(): string {
    return this.keys.key(AUTH_TAG, 'revocations');
  }

  /** Hash: account id to the change of its status that the indexes show. */
  get placed(): string {
    return this.keys.key(AUTH_TAG, 'placed');
  }

  /** Sorted set of account ids by creation; `all` stands for any type or status. */
  index(userType: string, status: string): string {
    return this.keys.key(AUTH_TAG, 'users', `${userType}:${status}`);
  }

  /**
   * The indexes that an account is in: of all accounts and of its type, then those two of its status;
   * then those that it is not in, two of each other status.
   */
  indexesOf(userType: string, status: AccountStatus): string[] {
    const others = Object.values(AccountStatus).filter((each) => each !== status);
    return [ANY, status, ...others].flatMap((each) => [
      this.index(ANY, each),
      this.index(userType, each),
    ]);
  }

  /** There once all accounts and sessions of releases before this one are moved, see OldKeys. */
  get layout(): string {
    return this.keys.key(AUTH_TAG, 'layout');
  }

  /**
   * Hash of an account or a session where releases before this one have it, see OldKeys. An empty name:
   * what all these keys begin with.
   */
  oldRecord(kind: OldRecordKind, name: string): string {
    return this.keys.key(AUTH_TAG, kind, name);
  }

  /** The same between its old place and its new one. */
  movingRecord(kind: OldRecordKind, name: string): string {
    return this.keys.key(AUTH_TAG, 'moving', kind, name);
  }
}
