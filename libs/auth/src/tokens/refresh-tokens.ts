import { createHash, createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { jwtVerify, SignJWT } from 'jose';
import { jwtConfig, type ConfigType } from '#libs/config';
import { ID_PATTERN, RequestError } from '#libs/contracts';
import { required } from './verification-keys.js';

const ALGORITHM = 'HS256';
const MAX_TOKEN_LENGTH = 4_096;

export interface RefreshClaims {
  userId: string;
  sid: string;
  jti: string;
  email: string | undefined;
  phoneNumber: string | undefined;
  /** Epoch milliseconds. */
  issuedAt: number;
  expiresAt: number;
}

export interface PresentedRefresh {
  userId: string;
  sid: string;
  jti: string;
}

/**
 * Signs and reads refresh tokens. The id of each follows from the one before it and the secret, so
 * that a lost answer can be given again although Redis holds nothing but hashes.
 */
@Injectable()
export class RefreshTokens {
  private key: KeyObject | undefined;

  constructor(@Inject(jwtConfig.KEY) private readonly settings: ConfigType<typeof jwtConfig>) {}

  firstId(): string {
    return randomBytes(16).toString('base64url');
  }

  nextId({ sid, jti }: PresentedRefresh): string {
    const hmac = createHmac('sha256', this.secret()).update(`refresh-after:${sid}:${jti}`);
    return hmac.digest('base64url');
  }

  /** What Redis keeps of a token. */
  hashOf(jti: string): string {
    return createHash('sha256').update(jti).digest('base64url');
  }

  /** The same claims give the same token. */
  issue({ userId, sid, jti, email, phoneNumber, ...times }: RefreshClaims): Promise<string> {
    return new SignJWT({ sid, email, phoneNumber })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
      .setSubject(userId)
      .setJti(jti)
      .setIssuer(this.settings.issuer)
      .setIssuedAt(Math.floor(times.issuedAt / 1_000))
      .setExpirationTime(Math.floor(times.expiresAt / 1_000))
      .sign(this.secret());
  }

  /**
   * @param acceptExpired for a logout, which a late client may still ask for
   * @throws RequestError TOKEN_INVALID
   */
  async read(token: string, { acceptExpired = false } = {}): Promise<PresentedRefresh> {
    if (token.length > MAX_TOKEN_LENGTH) throw refused();
    try {
      const { payload } = await jwtVerify(token, this.secret(), {
        algorithms: [ALGORITHM],
        issuer: this.settings.issuer,
        requiredClaims: ['sub', 'sid', 'jti', 'exp'],
        ...(acceptExpired ? { currentDate: new Date(0) } : {}),
      });
      const { sub, sid, jti } = payload;
      if (isId(sub) && isId(sid) && isId(jti)) return { userId: sub, sid, jti };
    } catch (error) {
      throw refused(error);
    }
    throw refused();
  }

  private secret(): KeyObject {
    const { refreshSecret } = this.settings;
    this.key ??= createSecretKey(Buffer.from(required(refreshSecret, 'JWT_REFRESH_SECRET')));
    return this.key;
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && ID_PATTERN.test(value);
}

function refused(cause?: unknown): RequestError {
  const message = 'The refresh token is wrong or has expired. Log in again.';
  return new RequestError('TOKEN_INVALID', { message, cause });
}
