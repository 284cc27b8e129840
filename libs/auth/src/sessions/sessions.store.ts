import { Injectable } from '@nestjs/common';
import {
  AccountKeys,
  AccountRedis,
  claimSession,
  ENDED_TRACE_MS,
  UntoldChanges,
  untoldNotes,
} from '#libs/accounts';
import {
  RequestError,
  type Principal,
  type SessionEndReason,
  type UserType,
} from '#libs/contracts';
import { bySlot, LuaScript, TurnBatch, type RedisArgument } from '#libs/redis';
import { SessionsOfUser } from './sessions-of-user.js';
import { ACTIVITY_LAG_MS, sessionOf, type Session } from './session.js';

const checkScript = LuaScript.load(import.meta.url, 'check_sessions');
const findDeadScript = LuaScript.load(import.meta.url, 'find_dead_sessions');
const openScript = LuaScript.load(import.meta.url, 'open_session', untoldNotes, 'session_end');

/** Why a session is refused; `gone`: it or its account does not exist. */
export type SessionRefusal =
  | { verdict: 'gone' | 'mismatch' | 'suspended' | 'banned' | 'taken' }
  | { verdict: 'revoked'; reason: string };

export type SessionCheck = { verdict: 'live'; expiresAt: number } | SessionRefusal;

export type SessionOpening =
  { verdict: 'opened'; createdAt: number; expiresAt: number; evicted: string[] } | SessionRefusal;

export interface NewSession {
  sid: string;
  userId: string;
  userType: UserType;
  ttlMs: number;
  maxSessions: number;
  /** More fields of the stored hash. */
  fields: Record<string, string>;
}

export interface DeadSession {
  principal: Principal;
  reason: SessionEndReason;
}

/** Sessions that one call checks: it holds up the others that share the Redis thread. */
const CHECK_BATCH = 200;

@Injectable()
export class SessionsStore {
  private readonly checks = new TurnBatch<Principal, SessionCheck>(
    async (principals) => this.checkAll(principals),
    CHECK_BATCH,
  );

  constructor(
    private readonly redis: AccountRedis,
    private readonly keys: AccountKeys,
    private readonly changes: UntoldChanges,
    private readonly members: SessionsOfUser,
  ) {}

  /** All that are asked for within one turn of the event loop are one call. */
  check(principal: Principal): Promise<SessionCheck> {
    return this.checks.submit(principal);
  }

  /** Other replies wait for this one, so that it waits for none. */
  async findDead(principals: readonly Principal[]): Promise<DeadSession[]> {
    const groups = bySlot(principals, ({ userId }) => this.keys.account(userId));
    const found = await Promise.all(
      groups.map(async (group) => {
        const dead = (await this.redis.runAhead(
          findDeadScript,
          this.keysOf(group),
          group.map(({ userId }) => userId),
        )) as [number, SessionEndReason][];
        return dead.map(([position, reason]) => ({ principal: group[position - 1]!, reason }));
      }),
    );
    return found.flat();
  }

  async open(session: NewSession): Promise<SessionOpening> {
    const { sid, userId, ttlMs } = session;
    if (!(await this.claim(sid, userId, ttlMs))) return { verdict: 'taken' };
    const opening = await this.tryOpen(session, false);
    if (opening.verdict !== 'full') return opening;
    const evicting = await this.changes.telling(userId, () => this.tryOpen(session, true));
    if (evicting.verdict === 'full')
      throw new Error('A session that may evict others was refused.');
    return evicting;
  }

  /**
   * Notes whose session it is, for those who name it without its user.
   * @returns false when the id is of another user
   */
  claim(sid: string, userId: string, ttlMs: number): Promise<boolean> {
    return claimSession(this.redis, this.keys, { sid, userId, ttlMs });
  }

  private async tryOpen(
    session: NewSession,
    mayEvict: boolean,
  ): Promise<SessionOpening | { verdict: 'full' }> {
    const { sid, userId, userType, ttlMs, maxSessions, fields } = session;
    const [verdict, createdAt, expiresAt, ...evicted] = await this.members.run(
      userId,
      (sids, hashes) =>
        this.redis.run(
          openScript,
          [
            this.keys.session(userId, sid),
            this.keys.sessionsOf(userId),
            this.keys.account(userId),
            this.keys.untold(userId),
            ...hashes,
          ],
          [
            sid,
            userId,
            userType,
            ttlMs,
            maxSessions,
            mayEvict ? '1' : '',
            ENDED_TRACE_MS,
            ...sids,
            ...Object.entries(fields).flat(),
          ],
        ) as Promise<[SessionOpening['verdict'] | 'full', string, string, ...string[]]>,
    );
    if (verdict === 'opened') {
      return { verdict, createdAt: Number(createdAt), expiresAt: Number(expiresAt), evicted };
    }
    return verdict === 'revoked' ? { verdict, reason: createdAt } : { verdict };
  }

  async list(userId: string): Promise<Session[]> {
    const sids = await this.redis.do((redis) =>
      redis.zrevrange(this.keys.sessionsOf(userId), 0, -1),
    );
    const hashes = await this.redis.do((redis) =>
      Promise.all(sids.map((sid) => redis.hgetall(this.keys.session(userId, sid)))),
    );
    // One that has ended since has a trace only.
    return hashes.filter((hash) => hash['sid'] !== undefined).map((hash) => sessionOf(hash));
  }

  /** Whose live session it is. */
  async ownerOf(sid: string): Promise<string | undefined> {
    const owner = await this.redis.do((redis) => redis.get(this.keys.sessionOwner(sid)));
    if (owner === null) return undefined;
    return (await this.isLive(sid, owner)) ? owner : undefined;
  }

  /** False also for a session that has ended: a trace of it has no sid. */
  async isLive(sid: string, userId: string): Promise<boolean> {
    const known = await this.redis.do((redis) =>
      redis.hexists(this.keys.session(userId, sid), 'sid'),
    );
    return known === 1;
  }

  /** A check for each: a slot that is away refuses those whose sessions it has, and nobody else. */
  private checkAll(principals: readonly Principal[]): Promise<SessionCheck>[] {
    const checks: Promise<SessionCheck>[] = [];
    const places = principals.map((principal, at) => ({ principal, at }));
    for (const group of bySlot(places, ({ principal }) => this.keys.account(principal.userId))) {
      const answers = this.checkGroup(group.map(({ principal }) => principal));
      for (const [i, { principal, at }] of group.entries())
        checks[at] = answers.then((answer) => this.withOwner(principal, answer[i]!));
    }
    return checks;
  }

  private async checkGroup(group: readonly Principal[]): Promise<SessionCheck[]> {
    const args: RedisArgument[] = group.flatMap(({ userId, userType }) => [userId, userType]);
    const reply = (await this.redis.run(checkScript, this.keysOf(group), [
      ACTIVITY_LAG_MS,
      ...args,
    ])) as string[];
    return group.map((_, i) => checkOf(reply[2 * i]!, reply[2 * i + 1]!));
  }

  /** A session that its user does not have may be that of another: then the token is wrong. */
  private async withOwner({ sid, userId }: Principal, check: SessionCheck): Promise<SessionCheck> {
    if (check.verdict !== 'gone') return check;
    const owner = await this.redis.do((redis) => redis.get(this.keys.sessionOwner(sid)));
    return owner === null || owner === userId ? check : { verdict: 'mismatch' };
  }

  private keysOf(principals: readonly Principal[]): string[] {
    return principals.flatMap(({ sid, userId }) => [
      this.keys.session(userId, sid),
      this.keys.account(userId),
    ]);
  }
}

function checkOf(verdict: string, detail: string): SessionCheck {
  if (verdict === 'live') return { verdict, expiresAt: Number(detail) };
  if (verdict === 'revoked') return { verdict, reason: detail };
  return { verdict: verdict as 'gone' | 'mismatch' | 'suspended' | 'banned' };
}

/** The refusal of a client whose session or account is not live. */
export function toRefusal(refusal: SessionRefusal): RequestError {
  switch (refusal.verdict) {
    case 'suspended':
      return new RequestError('ACCOUNT_SUSPENDED');
    case 'banned':
      return new RequestError('ACCOUNT_BANNED');
    case 'mismatch':
      return new RequestError('TOKEN_INVALID');
    case 'taken':
      return new RequestError('CONFLICT', {
        message: 'This sid belongs to another session or has ended. Choose a new one.',
      });
    case 'revoked':
      return new RequestError('SESSION_REVOKED', { details: { reason: refusal.reason } });
    case 'gone':
      return new RequestError('SESSION_REVOKED');
  }
}
