import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { type CryptoKey, type JWTVerifyGetKey } from 'jose';
import { type ConfigType, type jwtConfig } from '#libs/config';
import { remoteKeySet } from './key-set.js';

type TokenSettings = ConfigType<typeof jwtConfig>;

/** One key, or a set of them behind the URL of an identity service. */
export type VerificationKey =
  { kind: 'key'; key: KeyObject | CryptoKey } | { kind: 'set'; find: JWTVerifyGetKey };

/** What access tokens are checked with. */
export function verificationKey(tokens: TokenSettings): VerificationKey {
  if (tokens.mode === 'own') {
    const key = signingKey(tokens);
    return { kind: 'key', key: key.type === 'private' ? createPublicKey(key) : hmacKey(key) };
  }
  if (tokens.jwksUrl !== undefined) return { kind: 'set', find: remoteKeySet(tokens.jwksUrl) };
  const key = createPublicKey(required(tokens.publicKey, 'JWT_PUBLIC_KEY'));
  return { kind: 'key', key: fitting(key, tokens, 'JWT_PUBLIC_KEY') };
}

/** What access tokens are signed with where logins are served here. */
export function signingKey(tokens: TokenSettings): KeyObject {
  if (tokens.algorithm === 'HS256') {
    return createSecretKey(Buffer.from(required(tokens.accessSecret, 'JWT_ACCESS_SECRET')));
  }
  const key = createPrivateKey(required(tokens.privateKey, 'JWT_PRIVATE_KEY'));
  return fitting(key, tokens, 'JWT_PRIVATE_KEY');
}

/** Imported once: jose would import a secret anew for each token, as expensive as the check itself. */
function hmacKey(secret: KeyObject): CryptoKey {
  return secret.toCryptoKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

export function required<T>(value: T | undefined, variable: string): T {
  if (value === undefined) throw new Error(`${variable} is needed with this JWT_MODE.`);
  return value;
}

/** A key of another kind would refuse every token; better say so at the start. */
function fitting(key: KeyObject, { algorithm }: TokenSettings, variable: string): KeyObject {
  const fits =
    algorithm === 'RS256'
      ? key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048
      : key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  if (fits) return key;
  throw new Error(
    `${variable} does not fit JWT_ALGORITHM=${algorithm}: RS256 needs an RSA key of 2048 bits or ` +
      'more, ES256 a key of the curve P-256.',
  );
}
