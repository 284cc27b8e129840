import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify, type Options } from '@node-rs/argon2';
import { WorkLimit } from './work-limit.js';

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
