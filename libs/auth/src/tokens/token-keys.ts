import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
} from 'node:crypto';
import { type ConfigType, type jwtConfig } from '#libs/config';

type TokenSettings = ConfigType<typeof jwtConfig>;

const KEY_ID_LENGTH = 16;

/** A key, and the `kid` by which tokens name it; an identity service names its keys as it likes. */
export interface TokenKey {
  readonly key: KeyObject;
  readonly kid: string | undefined;
}

/** What access tokens are signed with where logins are served here. */
export function signingKey(tokens: TokenSettings): TokenKey {
  if (tokens.algorithm === 'HS256') {
    return secretKey(required(tokens.accessSecret, 'JWT_ACCESS_SECRET'));
  }
  const key = createPrivateKey(required(tokens.privateKey, 'JWT_PRIVATE_KEY'));
  return { key: fitting(key, tokens, 'JWT_PRIVATE_KEY'), kid: keyIdOf(publicBytes(key)) };
}

/** What access tokens are checked with, unless it is a set of keys; that which signs them first. */
export function verificationKeys(tokens: TokenSettings): TokenKey[] {
  const { mode, algorithm, accessSecretAccepted, publicKeyAccepted } = tokens;
  const isOwn = mode === 'own';
  const own = isOwn ? publicPart(signingKey(tokens)) : undefined;
  const named =
    own ?? publicKey(required(tokens.publicKey, 'JWT_PUBLIC_KEY'), 'JWT_PUBLIC_KEY', tokens);
  const keys = [own ?? { ...named, kid: undefined }];
  if (algorithm === 'HS256') {
    if (accessSecretAccepted !== undefined) keys.push(secretKey(accessSecretAccepted));
  } else if (publicKeyAccepted !== undefined) {
    const accepted = publicKey(publicKeyAccepted, 'JWT_PUBLIC_KEY_ACCEPTED', tokens);
    // An identity service names its keys as it likes.
    keys.push(isOwn ? accepted : { ...accepted, kid: undefined });
  }
  return keys;
}

/** That which signs first. */
export function refreshKeys({ refreshSecret, refreshSecretAccepted }: TokenSettings): TokenKey[] {
  const secrets = [required(refreshSecret, 'JWT_REFRESH_SECRET'), refreshSecretAccepted];
  return secrets.filter((secret) => secret !== undefined).map((secret) => secretKey(secret));
}

/** They follow from the refresh secrets, so that there is no further secret to keep. */
export function deviceKeys({ refreshSecret, refreshSecretAccepted }: TokenSettings): TokenKey[] {
  const secrets = [required(refreshSecret, 'JWT_REFRESH_SECRET'), refreshSecretAccepted];
  return secrets
    .filter((secret) => secret !== undefined)
    .map((secret) =>
      secretKey(createHmac('sha256', secret).update('ridewire-device').digest('base64url')),
    );
}

function publicPart({ key, kid }: TokenKey): TokenKey {
  return { key: key.type === 'private' ? createPublicKey(key) : key, kid };
}

/** Named as the instance that has the private part names it. */
function publicKey(pem: string, variable: string, tokens: TokenSettings): TokenKey {
  const key = fitting(createPublicKey(pem), tokens, variable);
  return { key, kid: keyIdOf(key.export({ type: 'spki', format: 'der' })) };
}

function secretKey(secret: string): TokenKey {
  const bytes = Buffer.from(secret);
  return { key: createSecretKey(bytes), kid: keyIdOf(bytes) };
}

/** A short hash: instances with the same key name it alike, and another key is seen at a glance. */
function keyIdOf(bytes: Buffer): string {
  const hash = createHash('sha256').update('ridewire-kid:').update(bytes);
  return hash.digest('base64url').slice(0, KEY_ID_LENGTH);
}

function publicBytes(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
}

function required<T>(value: T | undefined, variable: string): T {
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
