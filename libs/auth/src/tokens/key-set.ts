import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type CryptoKey,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
  type JWTPayload,
  type JWTVerifyOptions,
} from 'jose';
import { RequestError } from '#libs/contracts';

/** What the token does not name makes the set be fetched again, at most this often. */
const COOLDOWN_MS = 10_000;
const TIMEOUT_MS = 3_000;
const MAX_AGE_MS = 10 * 60_000;
/** After a failed fetch nothing is fetched this long, or each handshake would fetch. */
const FAILURE_COOLDOWN_MS = 1_000;
/** The most keys that one token is tried with: each costs a signature check. */
const MAX_KEYS_TRIED = 8;

/**
 * The keys behind the URL of an identity service. A set that cannot be fetched says nothing about
 * the token: clients have to come back, not to log in again.
 */
export class KeySet {
  private readonly remote;
  private failedAt = -FAILURE_COOLDOWN_MS;

  constructor(url: string) {
    this.remote = createRemoteJWKSet(new URL(url), {
      cooldownDuration: COOLDOWN_MS,
      timeoutDuration: TIMEOUT_MS,
      cacheMaxAge: MAX_AGE_MS,
    });
  }

  /** @throws RequestError IDENTITY_UNAVAILABLE, TOKEN_EXPIRED, and errors of jose for a wrong token */
  async verify(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    try {
      return await this.verifyWithKnown(token, options);
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new RequestError('TOKEN_EXPIRED');
      const isUnsigned = error instanceof errors.JWSSignatureVerificationFailed;
      // Without a `kid` a new key looks like a wrong signature.
      if (!isUnsigned || !(await this.fetchedAgain())) throw error;
      return this.verifyWithKnown(token, options);
    }
  }

  /** Tries every key that fits: without a `kid` the token does not say which one it is. */
  private async verifyWithKnown(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    const find = (header: JWSHeaderParameters, input: FlattenedJWSInput) =>
      this.find(header, input);
    try {
      return (await jwtVerify(token, find, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      return verifyWithAny(token, error, options);
    }
  }

  private async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (performance.now() - this.failedAt < FAILURE_COOLDOWN_MS) {
      // Else a client that sends unknown key ids would lock out those whose key is known.
      const known = this.remote.fresh ? this.remote.jwks() : undefined;
      if (known === undefined) throw unavailable();
      return createLocalJWKSet(known)(header, token).catch((error: unknown) => {
        throw error instanceof errors.JWKSMultipleMatchingKeys ? error : unavailable(error);
      });
    }
    try {
      return await this.remote(header, token);
    } catch (error) {
      if (isAboutToken(error)) throw error;
      throw this.failed(error);
    }
  }

  private async fetchedAgain(): Promise<boolean> {
    const isPausing = performance.now() - this.failedAt < FAILURE_COOLDOWN_MS;
    if (this.remote.coolingDown || isPausing) return false;
    try {
      await this.remote.reload();
      return true;
    } catch (error) {
      throw this.failed(error);
    }
  }

  private failed(error: unknown): RequestError {
    this.failedAt = performance.now();
    return unavailable(error);
  }
}

async function verifyWithAny(
  token: string,
  fitting: AsyncIterable<CryptoKey>,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  let tried = 0;
  for await (const key of fitting) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      // Anything else is about the key, e.g. that it is too short: another one may be right.
      if (isAboutClaims(error)) throw error;
    }
    if ((tried += 1) === MAX_KEYS_TRIED) break;
  }
  throw new errors.JWSSignatureVerificationFailed();
}

/** What is said of a token whose signature is right. */
function isAboutClaims(error: unknown): boolean {
  return (
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTInvalid
  );
}

function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

function unavailable(cause?: unknown): RequestError {
  return new RequestError('IDENTITY_UNAVAILABLE', { retryAfterMs: FAILURE_COOLDOWN_MS, cause });
}
