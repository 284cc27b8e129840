import { Injectable } from '@nestjs/common';
import { AUTH_TAG } from '#libs/accounts';
import { RedisKeys } from '#libs/redis';

@Injectable()
export class SessionKeys {
  constructor(private readonly keys: RedisKeys) {}

  /** Hash of one session, live or ended; scripts complete it from the empty id. */
  session(sid: string): string {
    return this.keys.key(AUTH_TAG, 'session', sid);
  }

  /** Sorted set of a user's live sessions by creation. */
  sessionsOf(userId: string): string {
    return this.keys.key(AUTH_TAG, 'sessions', userId);
  }

  /** Capped stream that every instance follows. */
  get revocations(): string {
    return this.keys.key(AUTH_TAG, 'revocations');
  }
}
