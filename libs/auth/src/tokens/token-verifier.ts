import { Inject, Injectable } from '@nestjs/common';
import { jwtConfig, type ConfigType } from '#libs/config';
import { ID_PATTERN, RequestError, UserType, type Principal } from '#libs/contracts';
import { KeySet } from './key-set.js';
import { AccessJwt, CLOCK_TOLERANCE_SECONDS, type Claims } from './token-jwt.js';
import { VerifiedTokens } from './verified-tokens.js';

/** Longer ones are refused unread. */
const MAX_TOKEN_LENGTH = 4_096;
/** About 200 bytes each. */
const TOKENS_KEPT = 10_000;

/** Checks access tokens. Knows nothing of sessions: see AuthService. */
@Injectable()
export class TokenVerifier {
  private readonly keySet: KeySet | undefined;
  private readonly verified = new VerifiedTokens(TOKENS_KEPT);

  constructor(
    @Inject(jwtConfig.KEY) private readonly settings: ConfigType<typeof jwtConfig>,
    private readonly jwt: AccessJwt,
  ) {
    const { mode, jwksUrl } = settings;
    if (mode === 'external' && jwksUrl !== undefined) this.keySet = new KeySet(jwksUrl);
  }

  /** @throws RequestError TOKEN_INVALID, TOKEN_EXPIRED, IDENTITY_UNAVAILABLE */
  async verify(token: string): Promise<Principal> {
    if (token.length > MAX_TOKEN_LENGTH) throw new RequestError('TOKEN_INVALID');
    try {
      // An identity service may withdraw a key: its tokens are looked at each time.
      if (this.keySet) return await this.verifyWithSet(this.keySet, token);
      const known = this.verified.find(token);
      if (known) return known;
      const principal = principalOf(this.jwt.read(token));
      this.verified.keep(token, principal);
      return principal;
    } catch (error) {
      if (error instanceof RequestError) throw error;
      throw new RequestError('TOKEN_INVALID', { cause: error });
    }
  }

  private async verifyWithSet(keySet: KeySet, token: string): Promise<Principal> {
    const { algorithm, issuer, audiences } = this.settings;
    const claims = await keySet.verify(token, {
      algorithms: [algorithm],
      issuer,
      audience: audiences,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
    return principalOf(claims);
  }
}

function principalOf({ sub, sid, userType, exp }: Claims): Principal {
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
