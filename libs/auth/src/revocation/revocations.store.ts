import { Inject, Injectable } from '@nestjs/common';
import { AccountKeys } from '#libs/accounts';
import { sessionsConfig, type ConfigType } from '#libs/config';
import { LuaScript, RedisCommands } from '#libs/redis';
import { SessionKeys } from '../sessions/session-keys.js';
import { ENDED_TRACE_MS } from '../sessions/session-policy.js';
import { type EndOrder } from './revocation.js';

const endSessionScript = LuaScript.load(import.meta.url, 'end_session');
const endUserSessionsScript = LuaScript.load(import.meta.url, 'end_user_sessions');
const reactivateScript = LuaScript.load(import.meta.url, 'reactivate_account');

/** What a script ended; `at` in epoch milliseconds. */
export interface EndedSessions {
  userId: string;
  sids: string[];
  at: number;
}

@Injectable()
export class RevocationsStore {
  private readonly revocationsKept: number;

  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: SessionKeys,
    private readonly accountKeys: AccountKeys,
    @Inject(sessionsConfig.KEY) { revocationsKept }: ConfigType<typeof sessionsConfig>,
  ) {
    this.revocationsKept = revocationsKept;
  }

  /** Resolves undefined when there is no such session or account. Does no harm when done again. */
  end(order: EndOrder): Promise<EndedSessions | undefined> {
    return order.kind === 'session' ? this.endSession(order) : this.endUserSessions(order);
  }

  async reactivate(userId: string): Promise<boolean> {
    const done = await this.redis.run(
      reactivateScript,
      [this.accountKeys.account(userId)],
      [userId, this.accountKeys.indexPrefix],
    );
    return done === 1;
  }

  private async endSession(
    order: EndOrder & { kind: 'session' },
  ): Promise<EndedSessions | undefined> {
    const [userId, at] = (await this.redis.run(
      endSessionScript,
      [this.keys.session(order.sid), this.keys.revocations],
      [
        order.sid,
        order.userId ?? '',
        order.reason,
        this.keys.sessionsOf(''),
        this.revocationsKept,
        ENDED_TRACE_MS,
      ],
    )) as [string?, string?];
    if (userId === undefined) return undefined;
    return { userId, sids: at === '0' ? [] : [order.sid], at: Number(at) };
  }

  private async endUserSessions(
    order: EndOrder & { kind: 'user' },
  ): Promise<EndedSessions | undefined> {
    const { userId, reason, block } = order;
    const [at, ...sids] = (await this.redis.run(
      endUserSessionsScript,
      [this.accountKeys.account(userId), this.keys.sessionsOf(userId), this.keys.revocations],
      [
        userId,
        reason,
        block?.status ?? '',
        block?.reason ?? '',
        this.keys.session(''),
        this.accountKeys.indexPrefix,
        this.revocationsKept,
        ENDED_TRACE_MS,
      ],
    )) as string[];
    return at === undefined ? undefined : { userId, sids, at: Number(at) };
  }
}
