import { type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import { jwtConfig, type ConfigType } from '#libs/config';
import { type AppAudience, type UserType } from '#libs/contracts';
import { signingKey } from './verification-keys.js';

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
  private key: KeyObject | undefined;

  constructor(@Inject(jwtConfig.KEY) private readonly settings: ConfigType<typeof jwtConfig>) {}

  async issue(claims: AccessClaims): Promise<{ token: string; expiresAt: number }> {
    const { algorithm, issuer, accessTtlMs } = this.settings;
    const now = Date.now();
    const expiresAt = Math.floor(Math.min(now + accessTtlMs, claims.sessionExpiresAt) / 1_000);
    const { userId, sid, userType, appAudience, email, phoneNumber } = claims;
    const token = await new SignJWT({ sid, userType, email, phoneNumber })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
      .setSubject(userId)
      .setIssuer(issuer)
      .setAudience(appAudience)
      .setIssuedAt(Math.floor(now / 1_000))
      .setExpirationTime(expiresAt)
      .sign((this.key ??= signingKey(this.settings)));
    return { token, expiresAt: expiresAt * 1_000 };
  }
}
