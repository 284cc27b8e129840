import { createHash, createHmac, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { jwtConfig, type ConfigType } from '#libs/config';
import { ID_PATTERN, RequestError } from '#libs/contracts';
import { RefreshJwt } from './token-jwt.js';
import { refreshKey, type TokenKey } from './token-keys.js';

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
  private key: TokenKey | undefined;

  constructor(
    @Inject(jwtConfig.KEY) private readonly settings: ConfigType<typeof jwtConfig>,
    private readonly jwt: RefreshJwt,
  ) {}

  firstId(): string {
    return randomBytes(16).toString('base64url');
  }

  nextId({ sid, jti }: PresentedRefresh): string {
    const { key } = (this.key ??= refreshKey(this.settings));
    return createHmac('sha256', key).update(`refresh-after:${sid}:${jti}`).digest('base64url');
  }

  /** What Redis keeps of a token. */
  hashOf(jti: string): string {
    return createHash('sha256').update(jti).digest('base64url');
  }

  /** The same claims give the same token. */
  issue({ userId, sid, jti, email, phoneNumber, ...times }: RefreshClaims): string {
    return this.jwt.issue({
      sub: userId,
      sid,
      jti,
      email,
      phoneNumber,
      iat: Math.floor(times.issuedAt / 1_000),
      exp: Math.floor(times.expiresAt / 1_000),
    });
  }

  /**
   * @param acceptExpired for a logout, which a late client may still ask for
   * @throws RequestError TOKEN_INVALID
   */
  read(token: string, { acceptExpired = false } = {}): PresentedRefresh {
    if (token.length > MAX_TOKEN_LENGTH) throw refused();
    try {
      const { sub, sid, jti, exp } = this.jwt.read(token);
      const isLive = typeof exp === 'number' && (acceptExpired || exp * 1_000 > Date.now());
      if (isLive && isId(sub) && isId(sid) && isId(jti)) return { userId: sub, sid, jti };
    } catch (error) {
      throw refused(error);
    }
    throw refused();
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && ID_PATTERN.test(value);
}

function refused(cause?: unknown): RequestError {
  const message = 'The refresh token is wrong or has expired. Log in again.';
  return new RequestError('TOKEN_INVALID', { message, cause });
}
