import { Injectable } from '@nestjs/common';
import { AccountsService, type Account } from '#libs/accounts';
import { AccountStatus, RequestError, SessionEndReason } from '#libs/contracts';
import { type AccountBlock } from '../revocation/revocations.store.js';
import { SessionEnder } from './session-ender.js';

/** Suspends and bans accounts together with their sessions, and lets them in again. */
@Injectable()
export class AccountBlocks {
  constructor(
    private readonly ender: SessionEnder,
    private readonly accounts: AccountsService,
  ) {}

  suspend(userId: string, reason: string): Promise<Account> {
    return this.block(userId, { status: AccountStatus.suspended, reason });
  }

  ban(userId: string, reason: string): Promise<Account> {
    return this.block(userId, { status: AccountStatus.banned, reason });
  }

  /** The sessions it had stay ended. */
  async reactivate(userId: string): Promise<Account> {
    if (!(await this.ender.reactivate(userId))) throw noAccount();
    return this.accounts.get(userId);
  }

  private async block(userId: string, block: AccountBlock): Promise<Account> {
    const reason =
      block.status === AccountStatus.banned
        ? SessionEndReason.accountBanned
        : SessionEndReason.accountSuspended;
    const ended = await this.ender.end({ kind: 'user', userId, reason, block });
    if (!ended) throw noAccount();
    return this.accounts.get(userId);
  }
}

function noAccount(): RequestError {
  return new RequestError('NOT_FOUND', { message: 'There is no such account.' });
}
