import { Inject, Injectable } from '@nestjs/common';
import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose';
import { jwtConfig, type ConfigType } from '#libs/config';
import { ID_PATTERN, RequestError, UserType, type Principal } from '#libs/contracts';
import { verificationKey, type VerificationKey } from './verification-keys.js';
import { VerifiedTokens } from './verified-tokens.js';

/** Longer ones are refused unread. */
const MAX_TOKEN_LENGTH = 4_096;
/** For `nbf` of an identity service whose clock is a little ahead; never prolongs a token. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** About 200 bytes each. */
const TOKENS_KEPT = 10_000;

/** Checks access tokens. Knows nothing of sessions: see AuthService. */
@Injectable()
export class TokenVerifier {
  private readonly key: VerificationKey;
  private readonly options: JWTVerifyOptions;
  private readonly verified = new VerifiedTokens(TOKENS_KEPT);

  constructor(@Inject(jwtConfig.KEY) tokens: ConfigType<typeof jwtConfig>) {
    this.key = verificationKey(tokens);
    this.options = {
      algorithms: [tokens.algorithm],
      issuer: tokens.issuer,
      audience: tokens.audiences,
      requiredClaims: ['sub', 'sid', 'userType', 'exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    };
  }

  /** @throws RequestError TOKEN_INVALID, TOKEN_EXPIRED, IDENTITY_UNAVAILABLE */
  async verify(token: string): Promise<Principal> {
    if (token.length > MAX_TOKEN_LENGTH) throw new RequestError('TOKEN_INVALID');
    try {
      // An identity service may withdraw a key: its tokens are looked at each time.
      if (this.key.kind === 'set')
        return principalOf((await jwtVerify(token, this.key.find, this.options)).payload);
      const known = this.verified.find(token);
      if (known) return known;
      const principal = principalOf((await jwtVerify(token, this.key.key, this.options)).payload);
      this.verified.keep(token, principal);
      return principal;
    } catch (error) {
      throw refusalOf(error);
    }
  }
}

function principalOf({ sub, sid, userType, exp }: JWTPayload): Principal {
  if (!isId(sub) || !isId(sid) || !isUserType(userType) || typeof exp !== 'number') {
    throw new RequestError('TOKEN_INVALID');
  }
  const expiresAt = exp * 1_000;
  if (!Number.isSafeInteger(Math.floor(expiresAt))) throw new RequestError('TOKEN_INVALID');
  if (expiresAt <= Date.now()) throw new RequestError('TOKEN_EXPIRED');
  return { userId: sub, sid, userType, expiresAt };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && ID_PATTERN.test(value);
}

function isUserType(value: unknown): value is UserType {
  return Object.values<unknown>(UserType).includes(value);
}

function refusalOf(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  const code = error instanceof errors.JWTExpired ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID';
  return new RequestError(code, { cause: error });
}
