import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ID_PATTERN } from '#libs/contracts';

const ID_BYTES = 9;
const SECRET_BYTES = 32;
const ID = /^[\w-]{12}$/;
const SECRET = /^[\w-]{43}$/;

/** What stands in a token: `<trip>.<id of the link>.<secret>`. */
export interface ShareToken {
  tripId: string;
  id: string;
  secret: string;
}

export function newShareToken(tripId: string): ShareToken {
  return {
    tripId,
    id: randomBytes(ID_BYTES).toString('base64url'),
    secret: randomBytes(SECRET_BYTES).toString('base64url'),
  };
}

export function writeShareToken({ tripId, id, secret }: ShareToken): string {
  return `${tripId}.${id}.${secret}`;
}

/** Undefined for a text that no link has. */
export function readShareToken(text: string): ShareToken | undefined {
  const [tripId = '', id = '', secret = '', ...rest] = text.slice(0, 256).trim().split('.');
  const isToken = ID_PATTERN.test(tripId) && ID.test(id) && SECRET.test(secret);
  return isToken && rest.length === 0 ? { tripId, id, secret } : undefined;
}

export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** In the same time for every secret. */
export function hasDigest({ secret }: ShareToken, digest: string): boolean {
  const presented = Buffer.from(digestOf(secret));
  const stored = Buffer.from(digest);
  return presented.length === stored.length && timingSafeEqual(presented, stored);
}
