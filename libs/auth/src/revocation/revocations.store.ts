import { Inject, Injectable } from '@nestjs/common';
import { AccountKeys } from '#libs/accounts';
import { sessionsConfig, type ConfigType } from '#libs/config';
import { AccountStatus, RequestError, type SessionEndReason } from '#libs/contracts';
import { LuaScript, RedisCommands } from '#libs/redis';
import { SessionKeys, SessionsOfUser } from '../sessions/session-keys.js';
import { ENDED_TRACE_MS } from '../sessions/session.js';

/** The end of one session, or with `sid` null of every session that the user has at this moment. */
export interface Revocation {
  readonly userId: string;
  readonly sid: string | null;
  readonly reason: SessionEndReason;
  /** ISO 8601. */
  readonly at: string;
}

/** Cuts what this instance serves. Called more than once for the same revocation; must not throw. */
export type RevocationListener = (revocation: Revocation) => void;

/** What is to be ended; `userId` null: the session of any user. */
export type EndOrder =
  | { kind: 'session'; sid: string; userId: string | null; reason: SessionEndReason }
  | { kind: 'user'; userId: string; reason: SessionEndReason; block?: AccountBlock };

export interface AccountBlock {
  status: Exclude<AccountStatus, 'active'>;
  /** In the words of the admin. */
  reason: string;
}

const SESSION_END = '../../sessions/lua/session_end';
const endSessionScript = LuaScript.load(import.meta.url, 'end_session', SESSION_END);
const ACCOUNT_STATUS = 'account_status';
const endUserSessionsScript = LuaScript.load(
  import.meta.url,
  'end_user_sessions',
  SESSION_END,
  ACCOUNT_STATUS,
);
const reactivateScript = LuaScript.load(import.meta.url, 'reactivate_account', ACCOUNT_STATUS);

/** What a script ended; `at` in epoch milliseconds. */
export interface EndedSessions {
  userId: string;
  sids: string[];
  at: number;
  /** Whether the user has no other session. */
  areAllOver: boolean;
}

const OVERTAKEN_MESSAGE =
  'The status of this account was changed after you asked for this. Look at the account, and send ' +
  'your change again if you still want it.';

interface AccountStanding {
  userType: string;
  status: string;
  /** As Redis keeps it; empty where the status never changed. */
  statusChangedAt: string;
  statusAgeMs: number;
}

@Injectable()
export class RevocationsStore {
  private readonly revocationsKept: number;

  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: SessionKeys,
    private readonly accountKeys: AccountKeys,
    private readonly members: SessionsOfUser,
    @Inject(sessionsConfig.KEY) { revocationsKept }: ConfigType<typeof sessionsConfig>,
  ) {
    this.revocationsKept = revocationsKept;
  }

  /**
   * Resolves undefined when there is no such session or account. Does no harm when done again.
   * @param decidedAt when it was asked for, by `performance.now()`
   * @throws RequestError CONFLICT when the status of the account was changed after that.
   */
  end(order: EndOrder, decidedAt: number): Promise<EndedSessions | undefined> {
    return order.kind === 'session'
      ? this.endSession(order)
      : this.endUserSessions(order, decidedAt);
  }

  async reactivate(userId: string): Promise<boolean> {
    for (;;) {
      const account = await this.readAccount(userId);
      if (account === undefined) return false;
      const [verdict] = (await this.redis.run(
        reactivateScript,
        [
          this.accountKeys.account(userId),
          ...this.accountKeys.indexesByStatus(account.userType, AccountStatus.active),
        ],
        [userId, account.statusChangedAt],
      )) as ['done' | 'absent' | 'changed'];
      if (verdict !== 'changed') return verdict === 'done';
    }
  }

  private async endSession({
    sid,
    userId,
    reason,
  }: EndOrder & { kind: 'session' }): Promise<EndedSessions | undefined> {
    const owner = userId ?? (await this.ownerOf(sid));
    if (owner === undefined) return undefined;
    const reply = (await this.redis.run(
      endSessionScript,
      [this.keys.session(sid), this.keys.revocations, this.keys.sessionsOf(owner)],
      [sid, owner, reason, this.revocationsKept, ENDED_TRACE_MS],
    )) as [string, number] | null;
    if (reply === null) return undefined;
    const [at, left] = reply;
    const isNew = at !== '0';
    return {
      userId: owner,
      sids: isNew ? [sid] : [],
      at: Number(at),
      areAllOver: isNew && left === 0,
    };
  }

  private async endUserSessions(
    { userId, reason, block }: EndOrder & { kind: 'user' },
    decidedAt: number,
  ): Promise<EndedSessions | undefined> {
    for (;;) {
      const waitedMs = performance.now() - decidedAt;
      const account = await this.readAccount(userId);
      if (account === undefined) return undefined;
      if (block && block.status !== account.status && account.statusAgeMs < waitedMs) {
        throw new RequestError('CONFLICT', { message: OVERTAKEN_MESSAGE });
      }
      const status = block?.status ?? AccountStatus.active;
      const [verdict, at, ...ended] = await this.members.run(
        userId,
        (sids, hashes) =>
          this.redis.run(
            endUserSessionsScript,
            [
              this.accountKeys.account(userId),
              this.keys.sessionsOf(userId),
              this.keys.revocations,
              ...this.accountKeys.indexesByStatus(account.userType, status),
              ...hashes,
            ],
            [
              userId,
              reason,
              block?.status ?? '',
              block?.reason ?? '',
              account.statusChangedAt,
              this.revocationsKept,
              ENDED_TRACE_MS,
              ...sids,
            ],
          ) as Promise<['ended' | 'absent' | 'overtaken', string, ...string[]]>,
      );
      if (verdict === 'absent') return undefined;
      if (verdict === 'ended') return { userId, sids: ended, at: Number(at), areAllOver: true };
    }
  }

  private async readAccount(userId: string): Promise<AccountStanding | undefined> {
    const account = this.accountKeys.account(userId);
    const [[userType, status, statusChangedAt], [seconds, microseconds]] = await this.redis.do(
      (redis) =>
        Promise.all([redis.hmget(account, 'userType', 'status', 'statusChangedAt'), redis.time()]),
    );
    if (!userType) return undefined;
    const nowMs = Number(seconds) * 1000 + Number(microseconds) / 1000;
    return {
      userType,
      status: status ?? '',
      statusChangedAt: statusChangedAt ?? '',
      statusAgeMs: statusChangedAt ? nowMs - Number(statusChangedAt) : Number.POSITIVE_INFINITY,
    };
  }

  /** The owner of a session never changes. */
  private async ownerOf(sid: string): Promise<string | undefined> {
    const session = this.keys.session(sid);
    return (await this.redis.do((redis) => redis.hget(session, 'userId'))) ?? undefined;
  }
}
