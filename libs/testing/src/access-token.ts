import { SignJWT } from 'jose';
import { type Environment } from '#libs/config';
import { type UserType } from '#libs/contracts';

export interface TokenFacts {
  userId: string;
  sid: string;
  userType: UserType;
  /** From now. Default 15 minutes. */
  ttlMs?: number;
}

/** An access token as the instances of the test cluster sign it. */
export function signAccessToken(environment: Environment, facts: TokenFacts): Promise<string> {
  const expiresAt = Date.now() + (facts.ttlMs ?? 15 * 60_000);
  return new SignJWT({ sid: facts.sid, userType: facts.userType })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(facts.userId)
    .setIssuer(environment.JWT_ISSUER)
    .setAudience('api_client')
    .setIssuedAt()
    .setExpirationTime(expiresAt / 1_000)
    .sign(new TextEncoder().encode(environment.JWT_ACCESS_SECRET));
}
