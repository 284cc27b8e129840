import { Inject, Injectable } from '@nestjs/common';
import { AccountKeys } from '#libs/accounts';
import { sessionsConfig, type ConfigType } from '#libs/config';
import { type AppAudience, type SessionType, type UserType } from '#libs/contracts';
import { LuaScript, RedisCommands } from '#libs/redis';
import { SessionKeys } from './session-keys.js';
import { ENDED_TRACE_MS, REFRESH_GRACE_MS, type ClientInfo } from './session.js';
import { type SessionRefusal } from './sessions.store.js';

const rotateScript = LuaScript.load(import.meta.url, 'rotate_refresh', 'session_end');

export interface Rotation {
  sid: string;
  userId: string;
  presentedHash: string;
  nextHash: string;
  ttlMs: number;
  client: ClientInfo;
}

export type RotationResult =
  | {
      verdict: 'issued';
      issuedAt: number;
      expiresAt: number;
      userType: UserType;
      sessionType: SessionType;
      appAudience: AppAudience;
      email: string | undefined;
      phoneNumber: string | undefined;
    }
  | { verdict: 'reused'; at: number }
  | SessionRefusal;

@Injectable()
export class RefreshStore {
  private readonly revocationsKept: number;

  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: SessionKeys,
    private readonly accountKeys: AccountKeys,
    @Inject(sessionsConfig.KEY) { revocationsKept }: ConfigType<typeof sessionsConfig>,
  ) {
    this.revocationsKept = revocationsKept;
  }

  async rotate(rotation: Rotation): Promise<RotationResult> {
    const { sid, userId, presentedHash, nextHash, ttlMs, client } = rotation;
    const [verdict, first = '', ...rest] = (await this.redis.run(
      rotateScript,
      [
        this.keys.session(sid),
        this.keys.sessionsOf(userId),
        this.accountKeys.account(userId),
        this.keys.revocations,
      ],
      [
        sid,
        userId,
        presentedHash,
        nextHash,
        ttlMs,
        REFRESH_GRACE_MS,
        this.revocationsKept,
        ENDED_TRACE_MS,
        client.address,
        client.userAgent,
      ],
    )) as [RotationResult['verdict'], ...string[]];
    if (verdict === 'reused') return { verdict, at: Number(first) };
    if (verdict === 'revoked') return { verdict, reason: first };
    if (verdict !== 'issued') return { verdict };
    const [expiresAt, userType, sessionType, appAudience, email, phoneNumber] = rest;
    return {
      verdict,
      issuedAt: Number(first),
      expiresAt: Number(expiresAt),
      userType: userType as UserType,
      sessionType: sessionType as SessionType,
      appAudience: appAudience as AppAudience,
      email: email || undefined,
      phoneNumber: phoneNumber || undefined,
    };
  }
}
