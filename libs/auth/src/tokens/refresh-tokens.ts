import { createHash, createHmac, randomBytes, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ID_PATTERN, RequestError } from '#libs/contracts';
import { RefreshJwt } from './token-jwt.js';

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
  /** By which it was signed: all instances know the same next one, also while keys are changed. */
  key: KeyObject;
}

/**
 * Signs and reads refresh tokens. The id of each follows from the one before it and the secret, so
 * that a lost answer can be given again although Redis holds nothing but hashes.
 */
@Injectable()
export class RefreshTokens {
  constructor(private readonly jwt: RefreshJwt) {}

  firstId(): string {
    return randomBytes(16).toString('base64url');
  }

  nextId({ sid, jti, key }: PresentedRefresh): string {
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
      const { claims, key } = this.jwt.readByKey(token);
      const { sub, sid, jti, exp } = claims;
      const isLive = typeof exp === 'number' && (acceptExpired || exp * 1_000 > Date.now());
      if (isLive && isId(sub) && isId(sid) && isId(jti))
        return { userId: sub, sid, jti, key: key.key };
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
