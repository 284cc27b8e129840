import { Injectable } from '@nestjs/common';
import { AccountKeys, AccountRedis } from '#libs/accounts';

/** What a script answers that was given other sessions than the user has by now. */
const CHANGED = 'changed';

/** For scripts that change several sessions of a user: they declare the hash of each as a key. */
@Injectable()
export class SessionsOfUser {
  constructor(
    private readonly redis: AccountRedis,
    private readonly keys: AccountKeys,
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
      const hashes = sids.map((sid) => this.keys.session(userId, sid));
      const reply = await script(sids, hashes);
      if (reply[0] !== CHANGED) return reply;
    }
  }
}
