import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify, type Options } from '@node-rs/argon2';
import { WorkLimit } from './work-limit.js';

/** Signs that no keyboard shows alike: RFC 8265 refuses them in an OpaqueString. */
const REFUSED = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
/** Likewise, but for those that emoji are joined with: phones put them in unasked. */
const INVISIBLE = /(?!\p{Join_Control}|\p{Variation_Selector})\p{Default_Ignorable_Code_Point}/u;
const SPACES = /\p{Zs}/gu;
const ASCII = /^[\0-\x7f]*$/;

/**
 * A password as the OpaqueString of RFC 8265 enforces it: any blank is U+0020, the form is NFC
 * (not NFKC: that would make other passwords alike), case stays. Undefined: it is refused.
 */
export function opaquePassword(password: string): string | undefined {
  if (password === '' || REFUSED.test(password) || INVISIBLE.test(password)) return undefined;
  return password.replaceAll(SPACES, ' ').normalize('NFC');
}

/**
 * What a stored hash may be of: the opaque form, or the password as it was typed when it was set
 * with a release that hashed it so. One for ASCII, three at most.
 */
export function passwordForms(password: string): string[] {
  if (ASCII.test(password)) return [password];
  const forms = [opaquePassword(password) ?? password, password, password.normalize('NFD')];
  return [...new Set(forms)];
}

/** Argon2id (the default algorithm) with the cost that OWASP names first: 19 MiB, two passes. */
const COST: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * Hashing runs on the four threads that files, DNS and token signatures need too: two at once leave
 * them half, and the line is as long as what two threads finish in about a second.
 */
const MAX_RUNNING = 2;
const MAX_WAITING = 64;
const RETRY_AFTER_MS = 1_000;

@Injectable()
export class PasswordHasher {
  private readonly limit = new WorkLimit(MAX_RUNNING, MAX_WAITING, RETRY_AFTER_MS);
  private readonly decoy = hash(randomBytes(16), COST);

  hash(password: string): Promise<string> {
    return this.limit.run(() => hash(password, COST));
  }

  /** Takes the same time for an account without a password, so that nobody can probe for accounts. */
  async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    const decoy = await this.decoy;
    const matches = await this.limit.run(() => verify(passwordHash ?? decoy, password));
    return matches && passwordHash !== undefined;
  }
}
