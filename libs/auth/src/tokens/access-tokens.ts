import { Inject, Injectable } from '@nestjs/common';
import { jwtConfig, type ConfigType } from '#libs/config';
import { type AppAudience, type UserType } from '#libs/contracts';
import { AccessJwt } from './token-jwt.js';

export interface AccessClaims {
  userId: string;
  sid: string;
  userType: UserType;
  appAudience: AppAudience;
  email: string | undefined;
  phoneNumber: string | undefined;
  /** The session's end: no token outlives it. Epoch milliseconds. */
  sessionExpiresAt: number;
}

/** Signs access tokens; only where logins are served here. */
@Injectable()
export class AccessTokens {
  constructor(
    @Inject(jwtConfig.KEY) private readonly settings: ConfigType<typeof jwtConfig>,
    private readonly jwt: AccessJwt,
  ) {}

  issue(claims: AccessClaims): { token: string; expiresAt: number } {
    const now = Date.now();
    const { accessTtlMs } = this.settings;
    const exp = Math.floor(Math.min(now + accessTtlMs, claims.sessionExpiresAt) / 1_000);
    const { userId, sid, userType, appAudience, email, phoneNumber } = claims;
    const token = this.jwt.issue({
      sub: userId,
      sid,
      userType,
      email,
      phoneNumber,
      aud: appAudience,
      iat: Math.floor(now / 1_000),
      exp,
    });
    return { token, expiresAt: exp * 1_000 };
  }
}
