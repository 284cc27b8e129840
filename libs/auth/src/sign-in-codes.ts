import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AUTH_TAG } from '#libs/accounts';
import { RedisCommands, RedisKeys } from '#libs/redis';

/** As many as nobody guesses. */
const CODE_BYTES = 24;

/** Codes that operators give to somebody who is to be let in without a password: each opens one session, once. */
@Injectable()
export class SignInCodes {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: RedisKeys,
  ) {}

  /** @param ttlMs until when it opens a session */
  async issue(userId: string, ttlMs: number): Promise<string> {
    const code = randomBytes(CODE_BYTES).toString('base64url');
    await this.redis.do((redis) => redis.set(this.keyOf(code), userId, 'PX', ttlMs));
    return code;
  }

  /** Whom it lets in; undefined where it has let somebody in already, has ended, or is none. */
  async take(code: string): Promise<string | undefined> {
    return (await this.redis.do((redis) => redis.getdel(this.keyOf(code)))) ?? undefined;
  }

  /** Redis holds nothing that lets anybody in. */
  private keyOf(code: string): string {
    const digest = createHash('sha256').update(code).digest('base64url');
    return this.keys.key(AUTH_TAG, 'sign-in-code', digest);
  }
}
