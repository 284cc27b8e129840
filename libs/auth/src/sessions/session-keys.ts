import { Injectable } from '@nestjs/common';
import { AUTH_TAG } from '#libs/accounts';
import { RedisKeys, RedisCommands } from '#libs/redis';

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

/** What a script answers that was given other sessions than the user has by now. */
const CHANGED = 'changed';

/** For scripts that change several sessions of a user: they declare the hash of each as a key. */
@Injectable()
export class SessionsOfUser {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: SessionKeys,
  ) {}

  /** Reads the sessions and hands them to a script, once more when they have changed meanwhile. */
  async run<Reply extends unknown[]>(
    userId: string,
    script: (sids: string[], hashes: string[]) => Promise<Reply>,
  ): Promise<Reply> {
    for (;;) {
      const sids = await this.redis.do((redis) =>
        redis.zrange(this.keys.sessionsOf(userId), 0, '-1'),
      );
      const hashes = sids.map((sid) => this.keys.session(sid));
      const reply = await script(sids, hashes);
      if (reply[0] !== CHANGED) return reply;
    }
  }
}
