import { ID_PATTERN } from '../principal.js';

/**
 * The name that a client gives to its request: bare, or quoted as the IETF draft of the header
 * writes it. `"abc"` and `abc` are one key.
 * @returns undefined for what is no key
 */
export function readIdempotencyKey(raw: unknown): string | undefined {
  if (typeof raw !== 'string') return undefined;
  const text = raw.trim();
  const key = /^"(.*)"$/.exec(text)?.[1] ?? text;
  return ID_PATTERN.test(key) ? key : undefined;
}

export const IDEMPOTENCY_KEY_RULE =
  'must have 1 to 64 letters, digits, _ or -, in quotes or without';
