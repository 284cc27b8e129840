import { Injectable } from '@nestjs/common';
import { AccountKeys, AccountRedis } from '#libs/accounts';
import { type AppAudience, type SessionType, type UserType } from '#libs/contracts';
import { LuaScript } from '#libs/redis';
import { REFRESH_GRACE_MS, type ClientInfo } from './session.js';
import { SessionsStore, type SessionRefusal } from './sessions.store.js';

const rotateScript = LuaScript.load(import.meta.url, 'rotate_refresh');

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
  | { verdict: 'reused' }
  | SessionRefusal;

@Injectable()
export class RefreshStore {
  constructor(
    private readonly redis: AccountRedis,
    private readonly keys: AccountKeys,
    private readonly sessions: SessionsStore,
  ) {}

  async rotate(rotation: Rotation): Promise<RotationResult> {
    const { sid, userId, presentedHash, nextHash, ttlMs, client } = rotation;
    // First, as it may fail by itself: a token that is exchanged without an answer is soon a copy.
    if (await this.sessions.isLive(sid, userId)) await this.sessions.claim(sid, userId, ttlMs);
    const [verdict, first = '', ...rest] = (await this.redis.run(
      rotateScript,
      [this.keys.session(userId, sid), this.keys.sessionsOf(userId), this.keys.account(userId)],
      [
        sid,
        userId,
        presentedHash,
        nextHash,
        ttlMs,
        REFRESH_GRACE_MS,
        client.address,
        client.userAgent,
      ],
    )) as [RotationResult['verdict'], ...string[]];
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
