import { Injectable } from '@nestjs/common';
import { AccountStatus } from '#libs/contracts';
import { RedisKeys } from '#libs/redis';

/** One slot holds accounts and sessions, so that a ban is one script. */
export const AUTH_TAG = 'auth';
/** In the name of an index: accounts of any type, or of any status. */
export const ANY = 'all';

/** The keys of accounts; also for scripts of other stores that change an account with its sessions. */
@Injectable()
export class AccountKeys {
  constructor(private readonly keys: RedisKeys) {}

  /** Hash of one account. */
  account(userId: string): string {
    return this.keys.key(AUTH_TAG, 'user', userId);
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

  /** Sorted set of account ids by creation; `all` stands for any type or status. */
  index(userType: string, status: string): string {
    return this.keys.key(AUTH_TAG, 'users', `${userType}:${status}`);
  }

  /**
   * The indexes that an account is in or out of by its status, those of this status first: of all
   * accounts and of its type, then the same of each other status.
   */
  indexesByStatus(userType: string, status: AccountStatus): string[] {
    const others = Object.values(AccountStatus).filter((each) => each !== status);
    return [status, ...others].flatMap((each) => [
      this.index(ANY, each),
      this.index(userType, each),
    ]);
  }
}
