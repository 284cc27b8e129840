import { Inject, Injectable } from '@nestjs/common';
import { AccountKeys } from '#libs/accounts';
import { sessionsConfig, type ConfigType } from '#libs/config';
import {
  RequestError,
  type Principal,
  type SessionEndReason,
  type UserType,
} from '#libs/contracts';
import { LuaScript, RedisCommands, TurnBatch, type RedisArgument } from '#libs/redis';
import { SessionKeys, SessionsOfUser } from './session-keys.js';
import { ACTIVITY_LAG_MS, ENDED_TRACE_MS, sessionOf, type Session } from './session.js';

const checkScript = LuaScript.load(import.meta.url, 'check_sessions');
const findDeadScript = LuaScript.load(import.meta.url, 'find_dead_sessions');
const openScript = LuaScript.load(import.meta.url, 'open_session', 'session_end');

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
    (principals) => this.checkAll(principals),
    CHECK_BATCH,
  );

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

  /** All that are asked for within one turn of the event loop are one call. */
  check(principal: Principal): Promise<SessionCheck> {
    return this.checks.submit(principal);
  }

  /** Other replies wait for this one, so that it waits for none. */
  async findDead(principals: readonly Principal[]): Promise<DeadSession[]> {
    const dead = (await this.redis.runAhead(
      findDeadScript,
      principals.flatMap(({ sid, userId }) => [
        this.keys.session(sid),
        this.accountKeys.account(userId),
      ]),
      principals.map(({ userId }) => userId),
    )) as [number, SessionEndReason][];
    return dead.map(([position, reason]) => ({ principal: principals[position - 1]!, reason }));
  }

  async open(session: NewSession): Promise<SessionOpening> {
    const { sid, userId, userType, ttlMs, maxSessions, fields } = session;
    const [verdict, createdAt, expiresAt, ...evicted] = await this.members.run(
      userId,
      (sids, hashes) =>
        this.redis.run(
          openScript,
          [
            this.keys.session(sid),
            this.keys.sessionsOf(userId),
            this.accountKeys.account(userId),
            this.keys.revocations,
            ...hashes,
          ],
          [
            sid,
            userId,
            userType,
            ttlMs,
            maxSessions,
            this.revocationsKept,
            ENDED_TRACE_MS,
            ...sids,
            ...Object.entries(fields).flat(),
          ],
        ) as Promise<[SessionOpening['verdict'], string, string, ...string[]]>,
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
      Promise.all(sids.map((sid) => redis.hgetall(this.keys.session(sid)))),
    );
    // One that has ended since has a trace only.
    return hashes.filter((hash) => hash['sid'] !== undefined).map((hash) => sessionOf(hash));
  }

  /** Undefined for a session that has ended: a trace of it has no sid. */
  async ownerOf(sid: string): Promise<string | undefined> {
    const [known, owner] = await this.redis.do((redis) =>
      redis.hmget(this.keys.session(sid), 'sid', 'userId'),
    );
    return known ? (owner ?? undefined) : undefined;
  }

  private async checkAll(principals: readonly Principal[]): Promise<SessionCheck[]> {
    const keys: string[] = [];
    const args: RedisArgument[] = [ACTIVITY_LAG_MS];
    for (const { sid, userId, userType } of principals) {
      keys.push(this.keys.session(sid), this.accountKeys.account(userId));
      args.push(userId, userType);
    }
    const reply = (await this.redis.run(checkScript, keys, args)) as string[];
    return principals.map((_, i) => checkOf(reply[2 * i]!, reply[2 * i + 1]!));
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
