import { Injectable } from '@nestjs/common';
import { AccountKeys, AccountRedis, readGroups, UntoldChanges, untoldNotes } from '#libs/accounts';
import { LuaScript, type RedisClient } from '#libs/redis';

const setScript = LuaScript.load(import.meta.url, 'set_groups', untoldNotes);

/** The groups of one account; the version counts up with each change. */
export interface StoredGroups {
  groups: readonly string[];
  version: number;
}

@Injectable()
export class AccountGroupsStore {
  constructor(
    private readonly redis: AccountRedis,
    private readonly keys: AccountKeys,
    private readonly changes: UntoldChanges,
  ) {}

  /** Resolves false when there is no such account. */
  async set(userId: string, groups: readonly string[]): Promise<boolean> {
    const done = await this.changes.telling(userId, () =>
      this.redis.run(
        setScript,
        [this.keys.account(userId), this.keys.untold(userId)],
        [userId, groups.join(',')],
      ),
    );
    return done === 1;
  }

  /** In the order of the ids. */
  read(userIds: readonly string[]): Promise<StoredGroups[]> {
    return this.redis.do((redis) => this.readBy(redis, userIds));
  }

  /** The same where other replies wait for this one, so that it waits for none. */
  readAhead(userIds: readonly string[]): Promise<StoredGroups[]> {
    return this.redis.doAhead((redis) => this.readBy(redis, userIds));
  }

  private async readBy(redis: RedisClient, userIds: readonly string[]): Promise<StoredGroups[]> {
    const records = await Promise.all(
      userIds.map((id) => redis.hmget(this.keys.account(id), 'groups', 'groupsVersion')),
    );
    return records.map(([groups, version]) => storedGroups(groups, version));
  }
}

export function storedGroups(
  groups: string | null | undefined,
  version: string | null | undefined,
): StoredGroups {
  return { groups: readGroups(groups), version: Number(version ?? 0) };
}
