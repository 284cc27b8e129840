import { Inject, Injectable } from '@nestjs/common';
import { jwtConfig, type ConfigType } from '#libs/config';
import {
  RequestError,
  SessionEndReason,
  type AppAudience,
  type SessionType,
  type UserType,
} from '#libs/contracts';
import { RefreshStore } from '../sessions/refresh.store.js';
import { SessionActivities } from '../sessions/session-activity.js';
import { SessionEnder } from '../sessions/session-ender.js';
import { toRefusal } from '../sessions/sessions.store.js';
import { boundedClient, type ClientInfo } from '../sessions/session.js';
import { AccessTokens } from './access-tokens.js';
import { RefreshTokens } from './refresh-tokens.js';

export interface TokenPair {
  sid: string;
  sessionType: SessionType;
  accessToken: string;
  refreshToken: string;
  /** Epoch milliseconds, as the next. */
  accessTokenExpiresAt: number;
  refreshTokenExpiresAt: number;
}

export interface PairClaims {
  account: { id: string; userType: UserType; email?: string; phoneNumber?: string };
  sid: string;
  jti: string;
  sessionType: SessionType;
  appAudience: AppAudience;
  /** When Redis noted the refresh token, epoch milliseconds. */
  issuedAt: number;
  expiresAt: number;
}

/** Access and refresh token of a session, and the exchange of the one for the next. */
@Injectable()
export class TokenPairs {
  constructor(
    @Inject(jwtConfig.KEY) private readonly settings: ConfigType<typeof jwtConfig>,
    private readonly accessTokens: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly store: RefreshStore,
    private readonly ender: SessionEnder,
    private readonly activities: SessionActivities,
  ) {}

  issue(claims: PairClaims): TokenPair {
    const { account, sid, jti, sessionType, appAudience, issuedAt, expiresAt } = claims;
    const person = { userId: account.id, email: account.email, phoneNumber: account.phoneNumber };
    const { userType } = account;
    const access = this.accessTokens.issue({
      ...person,
      sid,
      userType,
      appAudience,
      sessionExpiresAt: expiresAt,
    });
    const refreshToken = this.refreshTokens.issue({ ...person, sid, jti, issuedAt, expiresAt });
    return {
      sid,
      sessionType,
      accessToken: access.token,
      refreshToken,
      accessTokenExpiresAt: access.expiresAt,
      refreshTokenExpiresAt: expiresAt,
    };
  }

  async rotate(refreshToken: string, client: ClientInfo): Promise<TokenPair> {
    const presented = this.refreshTokens.read(refreshToken);
    const { userId, sid } = presented;
    const jti = this.refreshTokens.nextId(presented);
    const result = await this.store.rotate({
      userId,
      sid,
      presentedHash: this.refreshTokens.hashOf(presented.jti),
      nextHash: this.refreshTokens.hashOf(jti),
      ttlMs: this.settings.refreshTtlMs,
      client: boundedClient(client),
    });
    if (result.verdict === 'reused') {
      // The token is refused already. An end that Redis cannot take now is kept until it can.
      const reason = SessionEndReason.tokenReuseDetected;
      await this.ender.end({ kind: 'session', sid, userId, reason });
      throw new RequestError('REFRESH_REUSED');
    }
    if (result.verdict !== 'issued') throw toRefusal(result);
    const { userType, email, phoneNumber, sessionType, appAudience, issuedAt, expiresAt } = result;
    const pair = await this.issue({
      account: {
        id: userId,
        userType,
        ...(email ? { email } : {}),
        ...(phoneNumber ? { phoneNumber } : {}),
      },
      sid,
      jti,
      sessionType,
      appAudience,
      issuedAt,
      expiresAt,
    });
    this.activities.note({ kind: 'refreshed', userId, userType, sid });
    return pair;
  }
}
