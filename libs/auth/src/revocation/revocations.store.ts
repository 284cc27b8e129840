import { Inject, Injectable } from '@nestjs/common';
import { AccountKeys } from '#libs/accounts';
import { sessionsConfig, type ConfigType } from '#libs/config';
import { AccountStatus, type SessionEndReason } from '#libs/contracts';
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

/** What is to be ended; `userId` null: whoever holds the session. */
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
const endUserSessionsScript = LuaScript.load(import.meta.url, 'end_user_sessions', SESSION_END);
const reactivateScript = LuaScript.load(import.meta.url, 'reactivate_account');

/** What a script ended; `at` in epoch milliseconds. */
export interface EndedSessions {
  userId: string;
  sids: string[];
  at: number;
  /** Whether the user has no other session. */
  areAllOver: boolean;
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

  /** Resolves undefined when there is no such session or account. Does no harm when done again. */
  end(order: EndOrder): Promise<EndedSessions | undefined> {
    return order.kind === 'session' ? this.endSession(order) : this.endUserSessions(order);
  }

  async reactivate(userId: string): Promise<boolean> {
    const userType = await this.userTypeOf(userId);
    if (userType === undefined) return false;
    const done = await this.redis.run(
      reactivateScript,
      [
        this.accountKeys.account(userId),
        ...this.accountKeys.indexesByStatus(userType, AccountStatus.active),
      ],
      [userId],
    );
    return done === 1;
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

  private async endUserSessions({
    userId,
    reason,
    block,
  }: EndOrder & { kind: 'user' }): Promise<EndedSessions | undefined> {
    const userType = await this.userTypeOf(userId);
    if (userType === undefined) return undefined;
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
            ...this.accountKeys.indexesByStatus(userType, status),
            ...hashes,
          ],
          [
            userId,
            reason,
            block?.status ?? '',
            block?.reason ?? '',
            this.revocationsKept,
            ENDED_TRACE_MS,
            ...sids,
          ],
        ) as Promise<['ended' | 'absent', string, ...string[]]>,
    );
    return verdict === 'absent'
      ? undefined
      : { userId, sids: ended, at: Number(at), areAllOver: true };
  }

  /** The type of an account and the owner of a session never change. */
  private async userTypeOf(userId: string): Promise<string | undefined> {
    const account = this.accountKeys.account(userId);
    return (await this.redis.do((redis) => redis.hget(account, 'userType'))) ?? undefined;
  }

  private async ownerOf(sid: string): Promise<string | undefined> {
    const session = this.keys.session(sid);
    return (await this.redis.do((redis) => redis.hget(session, 'userId'))) ?? undefined;
  }
}
