import { Injectable } from '@nestjs/common';
import {
  AccountKeys,
  AccountRedis,
  ENDED_TRACE_MS,
  UntoldChanges,
  untoldNotes,
} from '#libs/accounts';
import { type AccountStatus, RequestError, type SessionEndReason } from '#libs/contracts';
import { LuaScript } from '#libs/redis';
import { SessionsOfUser } from '../sessions/sessions-of-user.js';

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
const endSessionScript = LuaScript.load(import.meta.url, 'end_session', untoldNotes, SESSION_END);
const ACCOUNT_STATUS = 'account_status';
const endUserSessionsScript = LuaScript.load(
  import.meta.url,
  'end_user_sessions',
  untoldNotes,
  SESSION_END,
  ACCOUNT_STATUS,
);
const readStandingScript = LuaScript.load(import.meta.url, 'read_standing');
/** Exported for a test: it keeps this very call back on the wire, which only its digest names. */
export const reactivateScript = LuaScript.load(
  import.meta.url,
  'reactivate_account',
  untoldNotes,
  ACCOUNT_STATUS,
);

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
  status: string;
  /** As Redis keeps it; empty where the status never changed. */
  statusChangedAt: string;
  statusAgeMs: number;
}

@Injectable()
export class RevocationsStore {
  constructor(
    private readonly redis: AccountRedis,
    private readonly keys: AccountKeys,
    private readonly changes: UntoldChanges,
    private readonly members: SessionsOfUser,
  ) {}

  /**
   * Resolves undefined when there is no such session or account. Does no harm when done again.
   * @param decidedAt when it was asked for, by `performance.now()`
   * @throws RequestError CONFLICT when the status of the account was changed after that.
   */
  async end(order: EndOrder, decidedAt: number): Promise<EndedSessions | undefined> {
    if (order.kind === 'user')
      return this.changes.telling(order.userId, () => this.endUserSessions(order, decidedAt));
    const owner = order.userId ?? (await this.ownerOf(order.sid));
    if (owner === undefined) return undefined;
    return this.changes.telling(owner, () => this.endSession(order, owner));
  }

  reactivate(userId: string): Promise<boolean> {
    return this.changes.telling(userId, () => this.activate(userId));
  }

  private async activate(userId: string): Promise<boolean> {
    for (;;) {
      const account = await this.readAccount(userId);
      if (account === undefined) return false;
      const [verdict] = (await this.redis.run(
        reactivateScript,
        [this.keys.account(userId), this.keys.untold(userId)],
        [account.statusChangedAt],
      )) as ['done' | 'absent' | 'changed'];
      if (verdict !== 'changed') return verdict === 'done';
    }
  }

  private async endSession(
    { sid, reason }: EndOrder & { kind: 'session' },
    owner: string,
  ): Promise<EndedSessions | undefined> {
    const reply = (await this.redis.run(
      endSessionScript,
      [this.keys.session(owner, sid), this.keys.untold(owner), this.keys.sessionsOf(owner)],
      [sid, owner, reason, ENDED_TRACE_MS],
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
      const { statusAgeMs } = account;
      // A clock of Redis that went back says nothing about which came first: the newer order counts.
      const isOvertaken = statusAgeMs >= 0 && statusAgeMs < waitedMs;
      if (block && block.status !== account.status && isOvertaken) {
        throw new RequestError('CONFLICT', { message: OVERTAKEN_MESSAGE });
      }
      const [verdict, at, ...ended] = await this.members.run(
        userId,
        (sids, hashes) =>
          this.redis.run(
            endUserSessionsScript,
            [
              this.keys.account(userId),
              this.keys.sessionsOf(userId),
              this.keys.untold(userId),
              ...hashes,
            ],
            [
              userId,
              reason,
              block?.status ?? '',
              block?.reason ?? '',
              account.statusChangedAt,
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
    const read = await this.redis.run(readStandingScript, [this.keys.account(userId)], []);
    if (read === null) return undefined;
    const [status, statusChangedAt, ageMs] = read as [string, string, string];
    const statusAgeMs = ageMs === '' ? Number.POSITIVE_INFINITY : Number(ageMs);
    return { status, statusChangedAt, statusAgeMs };
  }

  /** The owner of a session never changes. */
  private async ownerOf(sid: string): Promise<string | undefined> {
    const key = this.keys.sessionOwner(sid);
    return (await this.redis.do((redis) => redis.get(key))) ?? undefined;
  }
}
