import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { RequestError } from '#libs/contracts';

/** An unknown key id makes the set be fetched again, at most this often. */
const COOLDOWN_MS = 10_000;
const TIMEOUT_MS = 3_000;
const MAX_AGE_MS = 10 * 60_000;
/** After a failed fetch nothing is fetched this long, or each handshake would fetch. */
const FAILURE_COOLDOWN_MS = 1_000;

/**
 * Finds keys in the set behind a URL. A set that cannot be fetched says nothing about the token:
 * clients are told to come back, not to log in again.
 */
export function remoteKeySet(url: string): JWTVerifyGetKey {
  const find = createRemoteJWKSet(new URL(url), {
    cooldownDuration: COOLDOWN_MS,
    timeoutDuration: TIMEOUT_MS,
    cacheMaxAge: MAX_AGE_MS,
  });
  let failedAt = -FAILURE_COOLDOWN_MS;
  return async (header, token) => {
    if (performance.now() - failedAt < FAILURE_COOLDOWN_MS) {
      // Or whoever sends unknown key ids would lock out those whose key is known.
      const known = find.fresh ? find.jwks() : undefined;
      if (known === undefined) throw unavailable();
      return createLocalJWKSet(known)(header, token).catch((error: unknown) => {
        throw unavailable(error);
      });
    }
    try {
      return await find(header, token);
    } catch (error) {
      if (isAboutToken(error)) throw error;
      failedAt = performance.now();
      throw unavailable(error);
    }
  };
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
